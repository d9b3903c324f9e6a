-- One row for each session. The times are Unix milliseconds. A row of a session that goes on is written
-- often, so a fifth of each page is kept free for its next version.
CREATE TABLE IF NOT EXISTS cloakroom_session (
    row_key     bytea  NOT NULL PRIMARY KEY CHECK (octet_length(row_key) = 32),
    data        bytea  NOT NULL,
    version     bigint NOT NULL,
    expires     bigint NOT NULL,
    expires_day bigint NOT NULL GENERATED ALWAYS AS (expires / 86400000) STORED,
    created     bigint NOT NULL,
    seen        bigint NOT NULL,
    owner       bytea  CHECK (octet_length(owner) BETWEEN 1 AND 64),
    label       bytea
) WITH (fillfactor = 80);

-- By the day: most requests that extend a session leave its day, and so this index, alone.
CREATE INDEX IF NOT EXISTS cloakroom_session_expires_day ON cloakroom_session (expires_day);

CREATE INDEX IF NOT EXISTS cloakroom_session_owner ON cloakroom_session (owner)
    WHERE owner IS NOT NULL;

-- One row: which of these schemas it is.
CREATE TABLE IF NOT EXISTS cloakroom_schema (
    id      integer NOT NULL PRIMARY KEY CHECK (id = 1),
    version bigint  NOT NULL
);

INSERT INTO cloakroom_schema (id, version) VALUES (1, 1) ON CONFLICT (id) DO NOTHING;
