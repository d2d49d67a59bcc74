-- The register's bodies stand apart from its keys. In a table without rowid a body is part
-- of the key's own cell, and whoever looks for a neighbour copies all of it: beside a roster
-- file of some megabytes, a hundred thousand people took minutes to be stored.

create table register_2 (
    kind text not null,
    id   text not null,
    body blob not null,
    primary key (kind, id)
) strict;

insert into register_2 (kind, id, body) select kind, id, body from register order by kind, id;
drop table register;
alter table register_2 rename to register;
