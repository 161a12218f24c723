-- One row for each airport and day, for reports.
CREATE MATERIALIZED VIEW daily_delays AS
SELECT
    f.origin,
    make_date(f.year, f.month, f.day) AS day,
    count(*) AS flights,
    sum(f.dep_delay) AS total_delay,
    avg(f.dep_delay) AS mean_delay,
    min(f.dep_delay) AS best_delay,
    max(f.dep_delay) AS worst_delay
FROM flights f
GROUP BY f.origin, make_date(f.year, f.month, f.day);

CREATE SINK daily_table FROM daily_delays WITH (connection = 'analytics', table = 'daily_delays');
