"""Every scenario of the contract, by room."""

from tests.rest_compat.skyport.scenario import Scenario
from tests.rest_compat.skyport.scenarios.everywhere import EVERYWHERE
from tests.rest_compat.skyport.scenarios.instances import INSTANCES
from tests.rest_compat.skyport.scenarios.nodes import NODES
from tests.rest_compat.skyport.scenarios.panel import PANEL
from tests.rest_compat.skyport.scenarios.users import USERS

SCENARIOS: tuple[Scenario, ...] = (*USERS, *INSTANCES, *NODES, *PANEL, *EVERYWHERE)
