"""Where a run stands still in a step, for the host to be killed there and nowhere else."""

import contextlib
import sqlite3

ENDLESS = """
CREATE VIEW IF NOT EXISTS endless AS
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers) SELECT count(*) AS n FROM numbers
"""
STOP = """
CREATE TRIGGER stop BEFORE INSERT ON steps WHEN NEW.run_id = '{run_id}' AND NEW.name = '{step}'
BEGIN SELECT n FROM endless; END
"""


class StepStop:
    """As long as this is entered, a run of a SQLite store cannot end a step: all of the step's work is done, and who would
    record that counts for ever in the middle of the transaction. No other step of the run, and no other run, is touched."""

    def __init__(self, database, run_id, step):
        self.database, self.run_id, self.step = database, run_id, step

    def __enter__(self):
        self._run(ENDLESS, STOP.format(run_id=self.run_id, step=self.step))
        return self

    def __exit__(self, *_):
        self._run("DROP TRIGGER stop")

    def is_reached(self):
        """No transaction of the host's takes a second but the endless one."""
        with contextlib.closing(sqlite3.connect(self.database, timeout=1, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            return False

    def _run(self, *statements):
        with contextlib.closing(sqlite3.connect(self.database, timeout=60)) as connection, connection:
            for statement in statements:
                connection.execute(statement)
