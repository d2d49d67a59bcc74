-- What is still being written stands here by the dozen: a row for each record took longer to
-- be written than all else that a commit does. A record is taken apart into table event when
-- it, or one beside it, is settled or removed.
create table pack (
    first integer primary key, -- position of the first record in it
    last  integer not null,    -- and of the last; between them is what stands in this pack, or in settled
    body  blob not null        -- see pack.go
) strict;
