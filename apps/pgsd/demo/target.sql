-- The database as the next release wants it.

CREATE ROLE shop_owner;
CREATE ROLE shop_app;
CREATE ROLE shop_analyst;

CREATE EXTENSION citext;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION btree_gist;
CREATE EXTENSION postgres_fdw;

CREATE SCHEMA shop;
CREATE SCHEMA billing;
CREATE SCHEMA warehouse;
CREATE SCHEMA reporting;
CREATE SCHEMA audit;
COMMENT ON SCHEMA billing IS 'What customers owe. Changes need a review by accounting.';

ALTER DATABASE shop SET timezone = 'UTC';
ALTER DATABASE shop SET statement_timeout = '30s';

-- Types

CREATE TYPE shop.order_status AS ENUM ('new', 'paid', 'packed', 'shipped', 'returned', 'cancelled');
CREATE TYPE shop.address AS (street text, city text, postcode varchar(10), country char(2));
CREATE DOMAIN shop.email AS citext CHECK (VALUE ~ '^[^@\s]+@[^@\s]+\.[^@\s]+$');
CREATE DOMAIN billing.amount AS numeric(10,2) NOT NULL DEFAULT 0 CHECK (VALUE >= 0);
CREATE TYPE warehouse.price_range AS RANGE (subtype = numeric);
CREATE COLLATION shop.german (provider = icu, locale = 'de');

-- Audit

CREATE TABLE audit.changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  what text NOT NULL,
  who name NOT NULL,
  happened_at timestamp with time zone NOT NULL DEFAULT now()
);

CREATE FUNCTION audit.note_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit.changes (what, who) VALUES (TG_TAG, current_user);
END
$$;
-- Shop

CREATE TABLE shop.categories (
  id integer PRIMARY KEY,
  parent_id integer REFERENCES shop.categories,
  title text NOT NULL COLLATE shop.german
);
-- Spelled out, which is what serial stands for: the same.
CREATE SEQUENCE shop.categories_id_seq AS integer OWNED BY shop.categories.id;
ALTER TABLE shop.categories ALTER id SET DEFAULT nextval('shop.categories_id_seq');

CREATE TABLE shop.customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL,
  name text NOT NULL,
  phone text,
  home shop.address,
  created_at timestamp with time zone NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX customers_email ON shop.customers (lower(email));
COMMENT ON COLUMN shop.customers.home IS 'Where invoices and parcels go.';

CREATE TABLE shop.products (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  category_id integer NOT NULL REFERENCES shop.categories,
  sku text NOT NULL UNIQUE,
  title text NOT NULL,
  price numeric(10,2) NOT NULL CHECK (price >= 0),
  weight_g integer CHECK (weight_g BETWEEN 1 AND 50000),
  state varchar(10) NOT NULL DEFAULT 'active' CHECK (((state)::text = ANY ((ARRAY['active'::character varying, 'paused'::character varying, 'gone'::character varying])::text[])))
);
CREATE INDEX products_title ON shop.products USING gin (title gin_trgm_ops);
CREATE INDEX products_category ON shop.products (category_id);
CREATE STATISTICS shop.products_category_state (dependencies, mcv) ON category_id, state FROM shop.products;

CREATE TABLE shop.coupons (
  code text PRIMARY KEY,
  percent integer NOT NULL CHECK (percent BETWEEN 1 AND 100),
  valid_until date
);
COMMENT ON TABLE shop.coupons IS 'A code is good for one order.';

CREATE TABLE shop.orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES shop.customers,
  status shop.order_status NOT NULL DEFAULT 'new',
  placed_at timestamp with time zone NOT NULL DEFAULT now(),
  coupon text REFERENCES shop.coupons,
  remark text NOT NULL DEFAULT ''
);
CREATE INDEX orders_customer_id ON shop.orders (customer_id);
CREATE INDEX orders_unpaid ON shop.orders (placed_at, customer_id) WHERE status = 'new';
ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY orders_of_the_shop ON shop.orders FOR SELECT TO shop_app USING (status <> 'cancelled');

CREATE TABLE shop.order_lines (
  order_id bigint REFERENCES shop.orders ON DELETE CASCADE,
  product_id bigint REFERENCES shop.products,
  quantity integer NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (order_id, product_id)
);

CREATE VIEW shop.sold_out AS
  SELECT id, sku, title FROM shop.products WHERE state IN ('paused', 'gone');

CREATE VIEW shop.open_orders AS
  SELECT o.id, c.email, c.phone, o.placed_at
  FROM shop.orders o JOIN shop.customers c ON c.id = o.customer_id
  WHERE o.status IN ('new', 'paid', 'packed');

-- A server of another major prints this one otherwise: it is the same.
CREATE VIEW shop.loyal_customers AS
  WITH RECURSIVE years (year) AS (VALUES (2024) UNION ALL SELECT year + 1 FROM years WHERE year < 2026)
  SELECT c.id, c.name FROM shop.customers c
  WHERE NOT EXISTS (SELECT FROM years y WHERE NOT EXISTS (
    SELECT FROM shop.orders o WHERE o.customer_id = c.id AND EXTRACT(year FROM o.placed_at) = y.year));

CREATE FUNCTION shop.order_total(bigint) RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(quantity * price), 0)
  FROM shop.order_lines JOIN shop.products ON id = product_id
  WHERE order_id = $1
$$;

CREATE FUNCTION shop.note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit.changes (what, who) VALUES (TG_TABLE_NAME, current_user);
  RETURN NEW;
END
$$;
CREATE TRIGGER customers_change AFTER UPDATE OR DELETE ON shop.customers
  FOR EACH ROW EXECUTE FUNCTION shop.note_change();
CREATE TRIGGER orders_status AFTER UPDATE ON shop.orders
  FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION shop.note_change();

CREATE TEXT SEARCH CONFIGURATION shop.catalogue (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION shop.catalogue ALTER MAPPING FOR asciiword, word WITH german_stem;

-- Billing

CREATE SEQUENCE billing.invoice_number START 1000 CACHE 1;

CREATE TABLE billing.invoices (
  number bigint NOT NULL DEFAULT nextval('billing.invoice_number'),
  issued_on date NOT NULL,
  order_id bigint NOT NULL REFERENCES shop.orders,
  total billing.amount,
  PRIMARY KEY (number, issued_on)
) PARTITION BY RANGE (issued_on);
CREATE TABLE billing.invoices_2025 PARTITION OF billing.invoices FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE billing.invoices_2026 PARTITION OF billing.invoices FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE billing.invoices_2027 PARTITION OF billing.invoices FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');

CREATE TABLE billing.payments (
  id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  invoice bigint NOT NULL,
  paid_at timestamp with time zone NOT NULL,
  amount billing.amount,
  method text NOT NULL CHECK (method IN ('card', 'transfer', 'wallet'))
) WITH (fillfactor = 80);

CREATE PROCEDURE billing.close_month(month date) LANGUAGE sql AS $$
  DELETE FROM audit.changes WHERE happened_at < month - 365;
  UPDATE billing.payments SET method = method WHERE date_trunc('month', paid_at) = date_trunc('month', month)
$$;

CREATE RULE payments_stay AS ON DELETE TO billing.payments DO INSTEAD NOTHING;

CREATE FUNCTION billing.outstanding(bigint) RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT sum(total) FROM billing.invoices WHERE number = $1), 0) - coalesce((SELECT sum(amount) FROM billing.payments WHERE invoice = $1), 0)
$$;

CREATE AGGREGATE billing.total(numeric) (sfunc = numeric_add, stype = numeric, initcond = '0');

-- Warehouse

CREATE TABLE warehouse.suppliers (
  id integer PRIMARY KEY,
  name text NOT NULL,
  terms jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE warehouse.purchase_prices (
  product_id bigint NOT NULL REFERENCES shop.products,
  supplier_id integer NOT NULL REFERENCES warehouse.suppliers,
  price numeric(8,2) NOT NULL,
  valid daterange NOT NULL,
  CONSTRAINT one_price_at_a_time EXCLUDE USING gist (product_id WITH =, supplier_id WITH =, valid WITH &&)
);

CREATE TABLE warehouse.stock (
  product_id bigint PRIMARY KEY REFERENCES shop.products,
  pieces integer NOT NULL DEFAULT 0,
  reserved integer NOT NULL DEFAULT 0,
  free integer GENERATED ALWAYS AS (greatest(pieces - reserved, 0)) STORED
);

CREATE SERVER depot FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'depot2.example.com', dbname 'depot');
CREATE USER MAPPING FOR shop_app SERVER depot OPTIONS (user 'shop', password 'demo-only');
CREATE FOREIGN TABLE warehouse.deliveries (id bigint NOT NULL, product_id bigint, arrived_on date)
  SERVER depot OPTIONS (schema_name 'public', table_name 'deliveries');

-- Reporting

CREATE MATERIALIZED VIEW reporting.monthly_sales AS
  SELECT date_trunc('month', o.placed_at) AS month, count(*) AS orders, count(DISTINCT c.id) AS customers
  FROM shop.orders o JOIN shop.customers c ON c.id = o.customer_id
  WHERE o.status <> 'cancelled'
  GROUP BY 1;
CREATE UNIQUE INDEX monthly_sales_month ON reporting.monthly_sales (month);

CREATE VIEW reporting.revenue AS
  SELECT c.id AS customer_id, sum(l.quantity * p.price) AS revenue
  FROM shop.customers c JOIN shop.orders o ON o.customer_id = c.id
    JOIN shop.order_lines l ON l.order_id = o.id JOIN shop.products p ON p.id = l.product_id
  GROUP BY c.id;

CREATE PUBLICATION analytics FOR TABLE shop.orders, shop.order_lines, shop.customers WITH (publish = 'insert, update, delete');

-- Who owns and may do what

ALTER TABLE shop.customers OWNER TO shop_owner;
ALTER TABLE billing.payments OWNER TO postgres;
GRANT USAGE ON SCHEMA shop, billing TO shop_app;
GRANT SELECT, INSERT, UPDATE ON shop.orders, shop.order_lines TO shop_app;
GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO shop_analyst;
ALTER DEFAULT PRIVILEGES IN SCHEMA reporting GRANT SELECT ON TABLES TO shop_analyst, shop_app;

-- Last, so that it sees nothing of the above.
CREATE EVENT TRIGGER note_ddl ON ddl_command_end EXECUTE FUNCTION audit.note_ddl();
