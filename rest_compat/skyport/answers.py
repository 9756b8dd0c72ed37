"""Every answer that Skyport documents, in both flavours: the one table behind replies, OpenAPI, tests and README.md.

`docs` has the numbers of the documentation page, `0.3` those of the last release. Bodies are those of 0.3 throughout,
but for suspend and unsuspend, where the documentation shows the instance.
"""

from __future__ import annotations

from typing import Any

from domain.errors import DomainError, Unavailable
from rest_compat._kit import Answer, Answers
from rest_compat._kit.faults import Broken
from rest_compat.skyport.schemas.images import ImageOut
from rest_compat.skyport.schemas.instances import DeployedOut, InstanceOut
from rest_compat.skyport.schemas.messages import CapitalMessageOut, MessageOut, NameOut, SuccessOut
from rest_compat.skyport.schemas.nodes import CreatedNodeOut, NodeOut
from rest_compat.skyport.schemas.users import CreatedUserOut, PasswordOut, UserOut

DOCS, V03 = "docs", "0.3"
FLAVOURS = (DOCS, V03)


def numbers(docs: int, v03: int, meaning: str, **rest: Any) -> Answers:
    """The same answer under two numbers."""
    return {DOCS: Answer(docs, meaning, **rest), V03: Answer(v03, meaning, **rest)}


def refused(message: str, docs: int = 400, v03: int = 400) -> Answers:
    """A refusal in exact words."""
    return numbers(docs, v03, message, message=message)


def failing(message: str) -> dict[type[DomainError], Answers]:
    """The words for faults of ours and of what we depend on."""
    answer = Answer(500, message, message=message)
    return {Unavailable: answer, Broken: answer}


NOT_NOW = numbers(400, 409, "It cannot be done in the present state")

# Users
USERS = Answer(200, "List of users", shape=list[UserOut])
USER_FOUND = numbers(201, 200, "User details", shape=UserOut)
TYPE_AND_VALUE_REQUIRED = refused("Type and value are required")
INVALID_SEARCH_TYPE = refused('Invalid search type. Use "email" or "username".')
USER_NOT_FOUND = refused("User not found", 400, 404)
USER_CREATED = Answer(201, "User created with details", shape=CreatedUserOut)
USER_FIELDS_REQUIRED = refused("Username, email, and password are required")
USER_EXISTS = refused("User already exists", 409, 409)
RESET_TOKEN = Answer(200, "Token made", shape=PasswordOut)
EMAIL_REQUIRED = refused("Email is required")
EMAIL_NOT_FOUND = refused("Email not found", 400, 404)

# Instances
INSTANCES = Answer(200, "List of instances", shape=list[InstanceOut])
INSTANCE_FOUND = Answer(200, "Instance details", shape=InstanceOut)
INSTANCE_DEPLOYED = Answer(201, "Instance created", shape=DeployedOut)
DEPLOY_FIELDS_REQUIRED = refused("Missing required parameters")
INVALID_NODE = refused("Invalid node", 400, 404)
INSTANCE_DELETED = numbers(
    201, 200, "Instance deleted", exact=MessageOut(message="The instance has been successfully deleted.")
)
ID_MISSING = refused("Missing ID parameter")
ID_REQUIRED = refused('Parameter "id" is required')
USER_ID_REQUIRED = refused('Parameter "userId" is required')
INSTANCE_NOT_FOUND = refused("Instance not found", 400, 404)
_SUSPENDED_BODY = SuccessOut(success="Instance Suspended Successfully")
SUSPENDED: Answers = {
    DOCS: Answer(200, "Instance suspended", shape=InstanceOut),
    V03: Answer(201, "Instance suspended", exact=_SUSPENDED_BODY),
}
UNSUSPENDED: Answers = {
    DOCS: Answer(200, "Instance unsuspended", shape=InstanceOut),
    V03: Answer(201, "Instance unsuspended (the words are the original's)", exact=_SUSPENDED_BODY),
}

# Images, nodes, the panel
IMAGES = Answer(200, "List of images", shape=list[ImageOut])
NODES = Answer(200, "List of nodes", shape=list[NodeOut])
NODE_CREATED = Answer(201, "Node created with details", shape=CreatedNodeOut)
NODE_FIELDS_REQUIRED = refused("Missing parameters")
NODE_DELETED = Answer(201, "Node deleted", exact=CapitalMessageOut(Message="The node has successfully deleted."))
NODE_ID_INVALID = refused("The node ID was invalid")
NODE_OCCUPIED = refused("There are instances on the node")
NODE_CONFIGURED = Answer(200, "Node configured", exact=MessageOut(message="Node configured successfully"))
CONFIGURE_KEYS_REQUIRED = refused("Missing configureKey or accessKey")
NODE_NOT_FOUND = refused("Node not found", 404, 404)
PANEL_NAME = Answer(200, "The panel's name", shape=NameOut)
