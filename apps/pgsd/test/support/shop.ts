/** The database in production. */
export const SOURCE_SHOP = `
CREATE SCHEMA shop;
CREATE TYPE shop.order_status AS ENUM ('new', 'paid', 'shipped', 'cancelled');

CREATE TABLE shop.customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email character varying(120) NOT NULL UNIQUE,
  name text NOT NULL,
  created_at timestamp with time zone NOT NULL DEFAULT now()
);

CREATE TABLE shop.products (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sku text NOT NULL UNIQUE,
  title text NOT NULL,
  price numeric(8,2) NOT NULL CHECK (price >= 0),
  stock integer NOT NULL DEFAULT 0
);

CREATE TABLE shop.orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES shop.customers,
  status shop.order_status NOT NULL DEFAULT 'new',
  placed_at timestamp with time zone NOT NULL DEFAULT now(),
  remark text
);
CREATE INDEX orders_customer_id ON shop.orders (customer_id);
CREATE INDEX orders_unpaid ON shop.orders (placed_at) WHERE status = 'new';

CREATE TABLE shop.order_lines (
  order_id bigint REFERENCES shop.orders,
  product_id bigint REFERENCES shop.products,
  quantity integer NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (order_id, product_id)
);

CREATE TABLE shop.newsletter (
  email text PRIMARY KEY,
  subscribed_on date NOT NULL DEFAULT current_date
);

CREATE VIEW shop.sold_out AS SELECT id, sku, title FROM shop.products WHERE stock = 0;
CREATE VIEW shop.open_orders AS
  SELECT o.id, c.email, o.placed_at
  FROM shop.orders o JOIN shop.customers c ON c.id = o.customer_id
  WHERE o.status IN ('new', 'paid');

CREATE FUNCTION shop.order_total(bigint) RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT sum(quantity * price)
  FROM shop.order_lines JOIN shop.products ON id = product_id
  WHERE order_id = $1
$$;
`

/** The database of the next release. */
export const TARGET_SHOP = `
CREATE SCHEMA shop;
CREATE TYPE shop.order_status AS ENUM ('new', 'paid', 'packed', 'shipped', 'returned', 'cancelled');

CREATE TABLE shop.customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL,
  name text NOT NULL,
  phone text,
  created_at timestamp with time zone NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX customers_email ON shop.customers (lower(email));

CREATE TABLE shop.products (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sku text NOT NULL UNIQUE,
  title text NOT NULL,
  price numeric(10,2) NOT NULL CHECK (price >= 0),
  stock integer NOT NULL DEFAULT 0
);

CREATE TABLE shop.coupons (
  code text PRIMARY KEY,
  percent integer NOT NULL CHECK (percent BETWEEN 1 AND 100),
  valid_until date
);

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

CREATE TABLE shop.order_lines (
  order_id bigint REFERENCES shop.orders ON DELETE CASCADE,
  product_id bigint REFERENCES shop.products,
  quantity integer NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (order_id, product_id)
);

CREATE VIEW shop.sold_out AS SELECT id, sku, title FROM shop.products WHERE stock = 0;
CREATE VIEW shop.open_orders AS
  SELECT o.id, c.email, c.phone, o.placed_at
  FROM shop.orders o JOIN shop.customers c ON c.id = o.customer_id
  WHERE o.status IN ('new', 'paid', 'packed');

CREATE FUNCTION shop.order_total(bigint) RETURNS numeric LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(quantity * price), 0)
  FROM shop.order_lines JOIN shop.products ON id = product_id
  WHERE order_id = $1
$$;
`
