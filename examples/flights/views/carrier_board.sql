-- One cache entry for each airline: how much it flies, and how late.
CREATE MATERIALIZED VIEW carrier_board AS
SELECT
    al.carrier,
    al.name,
    count(f.flight) AS flights,
    count(f.flight) FILTER (WHERE f.dep_time IS NULL) AS cancelled,
    avg(f.dep_delay) AS mean_delay,
    max(f.dep_delay) AS worst_delay
FROM airlines al
LEFT JOIN flights f ON f.carrier = al.carrier
GROUP BY al.carrier, al.name;

CREATE SINK carrier_cache FROM carrier_board
    WITH (connection = 'cache', key = 'carrier', key_pattern = 'carrier:{carrier}', type = 'json');
