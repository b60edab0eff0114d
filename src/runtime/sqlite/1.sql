-- The first form of the file. What is tagged `rest` is the nanoseconds that the microseconds before it
-- leave out: below zero where they are rounded up.

CREATE TABLE orders (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    root TEXT NOT NULL,
    parent TEXT,
    parent_set TEXT,
    deployment TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    status TEXT NOT NULL,
    done INTEGER NOT NULL,
    due INTEGER,
    due_rest INTEGER,
    created INTEGER NOT NULL,
    created_rest INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    updated_rest INTEGER NOT NULL,
    head TEXT NOT NULL,
    stuck TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX orders_below ON orders (tenant, parent) WHERE parent IS NOT NULL;
CREATE INDEX orders_due ON orders (due) WHERE due IS NOT NULL AND stuck IS NULL;
CREATE INDEX orders_standing ON orders (tenant, deployment, status);
CREATE INDEX orders_stuck ON orders (tenant) WHERE stuck IS NOT NULL;

CREATE TABLE journal (
    tenant TEXT NOT NULL,
    order_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    body TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (tenant, order_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE answers (
    tenant TEXT NOT NULL,
    order_id TEXT NOT NULL,
    event_id TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, order_id, event_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE effects (
    added INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    order_id TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    effect TEXT NOT NULL,
    state TEXT NOT NULL,
    at INTEGER NOT NULL,
    at_rest INTEGER NOT NULL,
    due INTEGER NOT NULL,
    due_rest INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    error TEXT,
    dead INTEGER NOT NULL,
    -- Whether somebody was given it and has not yet said what became of it.
    handed_out INTEGER NOT NULL
) STRICT;

CREATE INDEX effects_due ON effects (due) WHERE dead = 0;
CREATE INDEX effects_due_by_tenant ON effects (tenant, due) WHERE dead = 0;
CREATE INDEX effects_dead ON effects (tenant, id) WHERE dead = 1;

CREATE TABLE deployments (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    workflow TEXT NOT NULL,
    version INTEGER NOT NULL,
    files TEXT NOT NULL,
    settings TEXT NOT NULL,
    at INTEGER NOT NULL,
    at_rest INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;

-- Migration files as they were applied.
CREATE TABLE plans (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;

-- The deployment under which new orders of a workflow are made.
CREATE TABLE current (
    tenant TEXT NOT NULL,
    workflow TEXT NOT NULL,
    deployment TEXT NOT NULL,
    PRIMARY KEY (tenant, workflow)
) STRICT, WITHOUT ROWID;
