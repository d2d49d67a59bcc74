select pos, n, body, hash from event
where stream = (select id from stream where name = $1) and n > $2::bigint
order by n limit $3::bigint
