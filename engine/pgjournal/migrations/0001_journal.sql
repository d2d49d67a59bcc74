-- The journal, the register and the archive in one database.

create table schema_version (
    version integer primary key,
    name    text not null,
    since   timestamptz not null default now()
);

-- The one row from which positions come. Whoever appends locks it first, so positions
-- become visible in their own order. The room left in its page keeps its updates there.
create table head (
    one boolean primary key default true check (one),
    p   bigint not null
) with (fillfactor = 10);

insert into head(p) values (0);

-- A stream's name is written once; events carry the small id.
create table stream (
    id   bigint generated always as identity primary key,
    name text collate "C" not null unique
);

create table event (
    pos    bigint not null,
    stream bigint not null,
    n      integer not null,
    body   bytea not null,
    hash   bytea not null,
    primary key (stream, n)
);

create unique index event_pos on event(pos);

create table beat (
    node text primary key,
    at   bigint not null
) with (fillfactor = 10);

-- Ids are compared byte by byte, as the program does.
create table register (
    kind text collate "C",
    id   text collate "C",
    body bytea not null,
    primary key (kind, id)
);

create table archive (
    hash bytea primary key,
    body bytea not null
);

-- What is kept is mostly pictures and packed already.
alter table archive alter column body set storage external;
