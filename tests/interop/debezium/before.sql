-- What the snapshot reads.
CREATE TABLE customers (id integer PRIMARY KEY, name text NOT NULL, note text);
CREATE TABLE orders (id bigserial PRIMARY KEY, customer_id integer, total numeric(10,2), placed_at timestamptz);
ALTER TABLE orders REPLICA IDENTITY FULL;
CREATE TABLE order_lines (number smallint, sku varchar(20), order_id bigint, quantity integer DEFAULT 1, PRIMARY KEY (order_id, number));
CREATE TABLE documents (id uuid PRIMARY KEY, body text, title text);
ALTER TABLE documents ALTER body SET STORAGE EXTERNAL;
CREATE TABLE documents_full (LIKE documents INCLUDING ALL);
ALTER TABLE documents_full REPLICA IDENTITY FULL;
CREATE TABLE events (at timestamp, what text);
ALTER TABLE events REPLICA IDENTITY FULL;
CREATE TABLE readings (at timestamptz, day date, sensor numeric, value double precision, PRIMARY KEY (at, day, sensor));
CREATE TABLE "Odd Names" ("a ""quoted"" key" integer PRIMARY KEY, "ünï" text);
CREATE TABLE generated (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, price integer, doubled integer GENERATED ALWAYS AS (price * 2) STORED);
INSERT INTO customers VALUES (1, 'Ada', NULL), (2, 'Grace', 'admiral');
INSERT INTO orders (customer_id, total, placed_at) VALUES (1, 10.5, '2024-01-02 03:04:05.6+00');
INSERT INTO order_lines VALUES (1, 'A-1', 1);
