CREATE TABLE stock (item text PRIMARY KEY, pieces int NOT NULL CHECK (pieces >= 0));
CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY, item text NOT NULL REFERENCES stock, pieces int NOT NULL);
INSERT INTO stock VALUES ('tea', 10), ('cup', 3);
