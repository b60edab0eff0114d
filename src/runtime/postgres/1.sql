-- The first form of the schema. Texts are ordered by their bytes, as in every store. What is tagged `rest`
-- is the nanoseconds that the microseconds before it leave out: below zero where they are rounded up.

CREATE TABLE orders (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    root TEXT COLLATE "C" NOT NULL,
    parent TEXT COLLATE "C",
    parent_set TEXT COLLATE "C",
    deployment TEXT COLLATE "C" NOT NULL,
    sequence BIGINT NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    done BOOLEAN NOT NULL,
    due BIGINT,
    due_rest SMALLINT,
    created BIGINT NOT NULL,
    created_rest SMALLINT NOT NULL,
    updated BIGINT NOT NULL,
    updated_rest SMALLINT NOT NULL,
    head TEXT COLLATE "C" NOT NULL,
    stuck TEXT COLLATE "C",
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX orders_below ON orders (tenant, parent, id) WHERE parent IS NOT NULL;
CREATE INDEX orders_due ON orders (due, tenant, id) WHERE due IS NOT NULL AND stuck IS NULL;
CREATE INDEX orders_standing ON orders (tenant, deployment, status, id);
CREATE INDEX orders_stuck ON orders (tenant, id) WHERE stuck IS NOT NULL;

CREATE TABLE journal (
    tenant TEXT COLLATE "C" NOT NULL,
    order_id TEXT COLLATE "C" NOT NULL,
    sequence BIGINT NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL,
    -- What it brought that is personal, not in its hash, until it is erased.
    personal TEXT COLLATE "C",
    PRIMARY KEY (tenant, order_id, sequence)
);

CREATE TABLE answers (
    tenant TEXT COLLATE "C" NOT NULL,
    order_id TEXT COLLATE "C" NOT NULL,
    event_id TEXT COLLATE "C" NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, order_id, event_id)
);

CREATE TABLE effects (
    added BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT COLLATE "C" NOT NULL UNIQUE,
    tenant TEXT COLLATE "C" NOT NULL,
    order_id TEXT COLLATE "C" NOT NULL,
    sequence BIGINT NOT NULL,
    effect TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    at_rest SMALLINT NOT NULL,
    due BIGINT NOT NULL,
    due_rest SMALLINT NOT NULL,
    attempts BIGINT NOT NULL,
    error TEXT COLLATE "C",
    dead BOOLEAN NOT NULL,
    -- When it was due that it is handed out for, until somebody says what became of it.
    handed_out BIGINT
);

CREATE INDEX effects_due ON effects (due, added) WHERE NOT dead;
CREATE INDEX effects_due_by_tenant ON effects (tenant, due, added) WHERE NOT dead;
CREATE INDEX effects_dead ON effects (tenant, id) WHERE dead;

CREATE TABLE deployments (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    workflow TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    files TEXT COLLATE "C" NOT NULL,
    settings TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    at_rest SMALLINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- Migration files as they were applied.
CREATE TABLE plans (
    tenant TEXT COLLATE "C" NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- The deployment under which new orders of a workflow are made.
CREATE TABLE current (
    tenant TEXT COLLATE "C" NOT NULL,
    workflow TEXT COLLATE "C" NOT NULL,
    deployment TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, workflow)
);
