-- What every new connection is asked before it is used: is this still the journal that
-- ends at or after what this node has seen, and does it hold the newest record seen ($1)?
-- If it does not, a removal that was recorded after it ($2) may be the reason.
select (select max(version) from schema_version), (select p from head),
    (select hash from event where pos = $1::bigint),
    exists (select from event where pos > $1::bigint and stream = (select id from stream where name = $2))
