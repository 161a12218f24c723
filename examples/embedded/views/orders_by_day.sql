CREATE MATERIALIZED VIEW orders_by_day AS
SELECT day, count(*) AS orders, sum(amount) AS amount FROM orders GROUP BY day;

CREATE SINK orders_by_day_file FROM orders_by_day WITH (connection = 'file');
