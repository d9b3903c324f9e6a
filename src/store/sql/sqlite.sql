-- cloakroom, SQLite 3.37 or later, schema 1. Every statement may be run again.

-- One row for each session. The times are Unix milliseconds.
CREATE TABLE IF NOT EXISTS cloakroom_session (
    row_key     BLOB    NOT NULL PRIMARY KEY CHECK (length(row_key) = 32),
    data        BLOB    NOT NULL,
    version     INTEGER NOT NULL,
    expires     INTEGER NOT NULL,
    expires_day INTEGER NOT NULL GENERATED ALWAYS AS (expires / 86400000) STORED,
    created     INTEGER NOT NULL,
    seen        INTEGER NOT NULL,
    owner       BLOB    CHECK (length(owner) BETWEEN 1 AND 64),
    label       BLOB
) STRICT, WITHOUT ROWID;

-- By the day: most requests that extend a session leave its day, and so this index, alone.
CREATE INDEX IF NOT EXISTS cloakroom_session_expires_day ON cloakroom_session (expires_day);

CREATE INDEX IF NOT EXISTS cloakroom_session_owner ON cloakroom_session (owner)
    WHERE owner IS NOT NULL;

-- One row: which of these schemas it is.
CREATE TABLE IF NOT EXISTS cloakroom_schema (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL
) STRICT;

INSERT INTO cloakroom_schema (id, version) VALUES (1, 1) ON CONFLICT (id) DO NOTHING;
