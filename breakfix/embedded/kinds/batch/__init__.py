"""The group batch."""

from breakfix.embedded.kinds.batch.cron_job import CronJobs
from breakfix.embedded.kinds.batch.job import Jobs
from breakfix.embedded.kinds.strategy import Strategy

STRATEGIES: dict[str, Strategy] = {"jobs.batch": Jobs(), "cronjobs.batch": CronJobs()}
