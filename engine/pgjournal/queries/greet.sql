-- What every new connection is asked before it is used: is this still the journal that
-- ends at or after what this node has seen, and does it hold the newest record seen ($1)?
select (select max(version) from schema_version), (select p from head),
    (select hash from event where pos = $1::bigint)
