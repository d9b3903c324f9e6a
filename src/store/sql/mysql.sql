-- One row for each session. The times are Unix milliseconds. `expires_day` is indexed by the day: most
-- requests that extend a session leave its day, and so that index, alone.
CREATE TABLE IF NOT EXISTS cloakroom_session (
    row_key     binary(32)    NOT NULL PRIMARY KEY,
    data        mediumblob    NOT NULL,
    version     bigint        NOT NULL,
    expires     bigint        NOT NULL,
    expires_day bigint        GENERATED ALWAYS AS (expires DIV 86400000) STORED,
    created     bigint        NOT NULL,
    seen        bigint        NOT NULL,
    owner       varbinary(64),
    label       varbinary(255),
    KEY cloakroom_session_expires_day (expires_day),
    KEY cloakroom_session_owner (owner)
) ENGINE = InnoDB;

-- One row: which of these schemas it is.
CREATE TABLE IF NOT EXISTS cloakroom_schema (
    id      int    NOT NULL PRIMARY KEY,
    version bigint NOT NULL
) ENGINE = InnoDB;

INSERT IGNORE INTO cloakroom_schema (id, version) VALUES (1, 1);
