-- One document for each flight, with its airline's name, both airports and the plane inside.
CREATE MATERIALIZED VIEW flight_search AS
SELECT
    f.time_hour, f.carrier, f.flight,
    al.name AS airline,
    f.sched_dep_time, f.dep_time, f.dep_delay, f.arr_delay, f.distance,
    f.dep_time IS NULL AS cancelled,
    json_build_object('code', f.origin, 'name', o.name, 'lat', o.lat, 'lon', o.lon) AS origin,
    json_build_object('code', f.dest, 'name', d.name, 'lat', d.lat, 'lon', d.lon, 'tz', d.tzone)
        AS destination,
    json_build_object(
        'tailnum', f.tailnum, 'manufacturer', p.manufacturer, 'model', p.model,
        'seats', p.seats, 'year', p.year
    ) AS plane
FROM flights f
LEFT JOIN airlines al ON al.carrier = f.carrier
LEFT JOIN airports o ON o.faa = f.origin
LEFT JOIN airports d ON d.faa = f.dest
LEFT JOIN planes p ON p.tailnum = f.tailnum;

CREATE SINK flights_index FROM flight_search WITH (connection = 'search', index = 'flights');
