"""Host ports: chosen around those that were named, and around what the node itself uses."""

from __future__ import annotations

import asyncio

from domain.instances.deploy import deploy
from domain.instances.ports import FIRST_CHOSEN
from domain.instances.queries import ports_of
from domain.instances.spec import PortSpec
from domain.models import InstanceState
from tests.domain.instances.conftest import Place

S = InstanceState


async def test_a_chosen_port_is_none_that_is_named_beside_it(place: Place) -> None:
    instance = await place.deployed(ports=(PortSpec(80), PortSpec(81, FIRST_CHOSEN), PortSpec(82)))
    chosen = [row.host_port for row in (await ports_of([instance]))[instance.id]]
    assert chosen[1] == FIRST_CHOSEN
    assert len(set(chosen)) == 3


async def test_sixty_four_ports_of_both_kinds(place: Place) -> None:
    half = [PortSpec(n, 30_000 + n, "tcp") for n in range(1, 33)]
    both = (*half, *(PortSpec(port.container_port, port.host_port, "udp") for port in half))
    instance = await place.deployed(ports=both)
    assert (instance.state, len((await ports_of([instance]))[instance.id])) == (S.RUNNING, 64)
    other = await place.deployed(name="other", ports=tuple(PortSpec(n, protocol="udp") for n in range(1, 65)))
    assert other.state is S.RUNNING


async def test_a_chosen_port_that_something_else_uses_is_chosen_again(place: Place) -> None:
    for number in range(3):
        place.runtime.occupy_port(FIRST_CHOSEN + number)
    instance = await place.deployed(ports=(PortSpec(80), PortSpec(90, 9090)))
    assert (instance.state, instance.primary_port) == (S.RUNNING, FIRST_CHOSEN + 3)
    made = place.runtime.spec_of(instance.id)
    assert [port.host_port for port in made.ports] == [FIRST_CHOSEN + 3, 9090]
    assert made.primary_port == FIRST_CHOSEN + 3


async def test_a_named_port_that_something_else_uses_is_a_failure(place: Place) -> None:
    place.runtime.occupy_port(9090)
    instance = await place.deployed(ports=(PortSpec(80), PortSpec(90, 9090)))
    assert (instance.state, instance.state_reason) == (S.FAILED, "Port 9090 is already in use on this node.")
    assert await place.runtime.list_instances() == []


async def test_a_node_full_of_foreign_ports_is_given_up(place: Place) -> None:
    for number in range(50):
        place.runtime.occupy_port(FIRST_CHOSEN + number)
    promised = await deploy(place.ports, place.owner, place.spec(ports=(PortSpec(80),)))
    await asyncio.wait_for(place.work(), 20)
    assert (await place.look(promised.instance)).state is S.FAILED


async def test_a_host_port_is_primary_before_a_container_port_of_that_number(place: Place) -> None:
    ports = (PortSpec(8081, 9000), PortSpec(80, 8081))
    promised = await deploy(place.ports, place.owner, place.spec(ports=ports, primary_port=8081))
    assert promised.instance.primary_port == 8081
