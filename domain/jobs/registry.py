"""Every kind of job and the function that does it. Verbs name a kind when they enqueue; only workers look it up."""

from __future__ import annotations

from collections.abc import Mapping

from domain.files.freeing import FREE
from domain.files.variants import VARIANTS
from domain.instances.deploy import BUILD
from domain.instances.destroy import DESTROY
from domain.instances.kill import KILL
from domain.instances.redeploy import REDEPLOY
from domain.instances.resize import RESIZE
from domain.instances.restart import RESTART
from domain.instances.start import START
from domain.instances.stop import STOP
from domain.instances.suspend import SUSPEND
from domain.instances.unsuspend import UNSUSPEND
from domain.jobs.job import JobKind

KINDS: Mapping[str, JobKind] = {
    "instances.build": BUILD,
    "instances.start": START,
    "instances.stop": STOP,
    "instances.restart": RESTART,
    "instances.kill": KILL,
    "instances.resize": RESIZE,
    "instances.redeploy": REDEPLOY,
    "instances.suspend": SUSPEND,
    "instances.unsuspend": UNSUSPEND,
    "instances.destroy": DESTROY,
    "files.variants": VARIANTS,
    "files.free": FREE,
}
