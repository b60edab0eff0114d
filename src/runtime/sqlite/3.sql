-- Orders that cannot go on, without those that only run elsewhere.

DROP INDEX orders_stuck;
CREATE INDEX orders_stuck ON orders (tenant) WHERE stuck <> 'it runs on Restate, which alone can move it';
