"""Skyport's endpoints, as one table. Source: the panel's API reference, and its release 0.3 where that says more."""

from __future__ import annotations

from domain.errors import Conflict, Forbidden, InvalidInput, NotFound, RateLimited, TooLarge, Unauthenticated
from rest_compat._kit import Dialect, Endpoint
from rest_compat._kit.faults import KeyReused, MissingField, UnreadableBody
from rest_compat.skyport import answers as say
from rest_compat.skyport.auth import SECURITY, authenticate
from rest_compat.skyport.errors import ERRORS, InvalidSearchType, KeyMissing, error_body
from rest_compat.skyport.limits import COUNTED, rate_headers
from rest_compat.skyport.names import DOOR
from rest_compat.skyport.routes import instances, nodes, panel, users
from rest_compat.skyport.schemas.instances import DeployIn, InstanceIn
from rest_compat.skyport.schemas.messages import ErrorOut
from rest_compat.skyport.schemas.nodes import ConfigureNodeIn, CreateNodeIn, DeleteNodeIn
from rest_compat.skyport.schemas.users import CreateUserIn, GetUserIn, ResetPasswordIn, UserInstancesIn

USERS = (
    Endpoint(
        method="GET",
        path="/api/users",
        handler=users.get_users,
        success=say.USERS,
        errors=say.failing("Failed to retrieve users"),
        tag="Users",
    ),
    Endpoint(
        method="POST",
        path="/api/getUser",
        handler=users.get_user,
        body=GetUserIn,
        success=say.USER_FOUND,
        errors={
            MissingField: say.TYPE_AND_VALUE_REQUIRED,
            InvalidSearchType: say.INVALID_SEARCH_TYPE,
            NotFound: say.USER_NOT_FOUND,
            **say.failing("Failed to retrieve user"),
        },
        tag="Users",
    ),
    Endpoint(
        method="POST",
        path="/api/auth/create-user",
        also=("/api/users/create",),
        handler=users.create_user,
        body=CreateUserIn,
        success=say.USER_CREATED,
        errors={
            MissingField: say.USER_FIELDS_REQUIRED,
            Conflict: say.USER_EXISTS,
            **say.failing("Failed to create user"),
        },
        tag="Users",
    ),
    Endpoint(
        method="POST",
        path="/api/auth/reset-password",
        handler=users.reset_password,
        body=ResetPasswordIn,
        success=say.RESET_TOKEN,
        errors={
            MissingField: say.EMAIL_REQUIRED,
            NotFound: say.EMAIL_NOT_FOUND,
            Conflict: say.NOT_NOW,
            **say.failing("Failed to reset password"),
        },
        secret=True,
        tag="Users",
    ),
)

INSTANCES = (
    Endpoint(
        method="GET",
        path="/api/instances",
        handler=instances.get_instances,
        success=say.INSTANCES,
        errors=say.failing("Failed to retrieve instances"),
        tag="Instances",
    ),
    Endpoint(
        method="POST",
        path="/api/instances/deploy",
        handler=instances.deploy_instance,
        body=DeployIn,
        success=say.INSTANCE_DEPLOYED,
        errors={
            MissingField: say.DEPLOY_FIELDS_REQUIRED,
            NotFound: say.INVALID_NODE,
            Conflict: say.NOT_NOW,
            **say.failing("Failed to create container"),
        },
        tag="Instances",
    ),
    Endpoint(
        method="DELETE",
        path="/api/instance/delete",
        handler=instances.delete_instance,
        body=InstanceIn,
        success=say.INSTANCE_DELETED,
        errors={
            MissingField: say.ID_MISSING,
            NotFound: say.INSTANCE_NOT_FOUND,
            Conflict: say.INSTANCE_NOT_FOUND,
            **say.failing("Failed to delete instance"),
        },
        tag="Instances",
    ),
    Endpoint(
        method="POST",
        path="/api/getUserInstance",
        handler=instances.get_user_instances,
        body=UserInstancesIn,
        success=say.INSTANCES,
        errors={
            MissingField: say.USER_ID_REQUIRED,
            NotFound: say.USER_NOT_FOUND,
            **say.failing("Failed to retrieve user instances"),
        },
        tag="Instances",
    ),
    Endpoint(
        method="POST",
        path="/api/getInstance",
        handler=instances.get_instance,
        body=InstanceIn,
        success=say.INSTANCE_FOUND,
        errors={
            MissingField: say.ID_REQUIRED,
            NotFound: say.INSTANCE_NOT_FOUND,
            **say.failing("Failed to retrieve instance"),
        },
        tag="Instances",
    ),
    Endpoint(
        method="POST",
        path="/api/instances/suspend/{id}",
        handler=instances.suspend_instance,
        success=say.SUSPENDED,
        errors={
            NotFound: say.INSTANCE_NOT_FOUND,
            Conflict: say.NOT_NOW,
            **say.failing("An error occurred while suspending the instance"),
        },
        tag="Instances",
    ),
    Endpoint(
        method="POST",
        path="/api/instances/unsuspend/{id}",
        handler=instances.unsuspend_instance,
        success=say.UNSUSPENDED,
        errors={
            NotFound: say.INSTANCE_NOT_FOUND,
            Conflict: say.NOT_NOW,
            **say.failing("An error occurred while unsuspending the instance"),
        },
        tag="Instances",
    ),
)

IMAGES = (
    Endpoint(
        method="GET",
        path="/api/images",
        handler=panel.get_images,
        success=say.IMAGES,
        errors=say.failing("Failed to retrieve images"),
        tag="Images",
    ),
)

NODES = (
    Endpoint(
        method="GET",
        path="/api/nodes",
        handler=nodes.get_nodes,
        success=say.NODES,
        errors=say.failing("Failed to retrieve nodes"),
        tag="Nodes",
    ),
    Endpoint(
        method="POST",
        path="/api/nodes/create",
        handler=nodes.create_node,
        body=CreateNodeIn,
        success=say.NODE_CREATED,
        errors={MissingField: say.NODE_FIELDS_REQUIRED, Conflict: say.NOT_NOW, **say.failing("Failed to create node")},
        secret=True,
        tag="Nodes",
    ),
    Endpoint(
        method="DELETE",
        path="/api/nodes/delete",
        handler=nodes.delete_node,
        body=DeleteNodeIn,
        success=say.NODE_DELETED,
        errors={
            MissingField: say.NODE_ID_INVALID,
            NotFound: say.NODE_ID_INVALID,
            Conflict: say.NODE_OCCUPIED,
            **say.failing("Failed to delete node"),
        },
        tag="Nodes",
    ),
    Endpoint(
        method="POST",
        path="/nodes/configure",
        handler=nodes.configure_node,
        query=ConfigureNodeIn,
        public=True,
        success=say.NODE_CONFIGURED,
        errors={
            MissingField: say.CONFIGURE_KEYS_REQUIRED,
            NotFound: say.NODE_NOT_FOUND,
            **say.failing("Failed to configure node"),
        },
        tag="Nodes",
    ),
)

PANEL = (
    Endpoint(
        method="GET",
        path="/api/name",
        handler=panel.get_name,
        success=say.PANEL_NAME,
        errors=say.failing("Failed to retrieve name"),
        tag="Panel",
    ),
)

DIALECT = Dialect(
    name=DOOR,
    title="Skyport Panel API",
    version="0.3.0",
    description=(
        "Users, instances, images and nodes in the words of the Skyport panel, over Gatehouse's domain. "
        "Bodies are JSON objects or urlencoded forms; unknown fields are ignored.\n\n"
        "A key has a flavour: docs (the default) answers with the status numbers of the documentation, "
        "0.3 with those of the panel's last release."
    ),
    authenticate=authenticate,
    endpoints=(*USERS, *INSTANCES, *IMAGES, *NODES, *PANEL),
    errors=ERRORS,
    error_body=error_body,
    error_shape=ErrorOut,
    security=SECURITY,
    flavours=say.FLAVOURS,
    faults=(
        InvalidInput,
        UnreadableBody,
        KeyMissing,
        Unauthenticated,
        Forbidden,
        KeyReused,
        TooLarge,
        RateLimited,
    ),
    counted=COUNTED,
    rate_headers=rate_headers,
    headers={"Cache-Control": "no-store", "Pragma": "no-cache"},
)
