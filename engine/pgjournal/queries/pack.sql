-- append.sql for a batch that has nothing for table event, as most have: planned once, because
-- it reads no table that grows.
with p as materialized (
    update head set last = last + $1::bigint
    where last >= $2::bigint and last = $3::bigint
    returning last - $1 as base
), k as (
    insert into pack(first, last, body)
    select base + f, base + l, b from p, unnest($4::bigint[], $5::bigint[], $6::bytea[]) k(f, l, b)
)
select base, null::bigint, null::bigint from p
