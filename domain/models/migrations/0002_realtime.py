from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Blob',
            fields=[
                ('id', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('size_bytes', fields.BigIntField()),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'blob', 'app': 'models', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='File',
            fields=[
                ('id', fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('tenant', fields.ForeignKeyField('models.Tenant', source_field='tenant_id', db_constraint=True, to_field='id', related_name='files', on_delete=OnDelete.CASCADE)),
                ('public_id', fields.CharField(max_length=80)),
                ('temp_id', fields.CharField(null=True, max_length=24)),
                ('kind', fields.CharField(max_length=12)),
                ('name', fields.CharField(max_length=255)),
                ('content_type', fields.CharField(max_length=128)),
                ('parent', fields.ForeignKeyField('models.File', source_field='parent_id', null=True, db_constraint=True, to_field='id', related_name='children', on_delete=OnDelete.RESTRICT)),
                ('root', fields.ForeignKeyField('models.File', source_field='root_id', null=True, db_constraint=True, to_field='id', related_name='parts', on_delete=OnDelete.RESTRICT)),
                ('place', fields.CharField(default='drive', max_length=8)),
                ('trashed_place', fields.CharField(null=True, max_length=8)),
                ('trashed_parent_id', fields.UUIDField(null=True)),
                ('creator_id', fields.UUIDField(null=True)),
                ('creator_tag', fields.CharField(null=True, max_length=64)),
                ('visibility', fields.CharField(default='direct', max_length=16)),
                ('state', fields.CharField(default='active', max_length=8)),
                ('hidden', fields.BooleanField(default=False)),
                ('preset', fields.CharField(null=True, max_length=32)),
                ('size_bytes', fields.BigIntField(default=0)),
                ('width', fields.IntField(null=True)),
                ('height', fields.IntField(null=True)),
                ('descriptor', fields.TextField(null=True, unique=False)),
                ('source', fields.CharField(null=True, max_length=160)),
                ('extra', fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ('modified_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('accessed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('revision', fields.IntField(default=1)),
            ],
            options={'table': 'file', 'app': 'models', 'unique_together': (('tenant', 'public_id'), ('tenant', 'temp_id')), 'indexes': [Index(fields=['public_id']), Index(fields=['tenant_id', 'place', 'created_at', 'id']), Index(fields=['tenant_id', 'place', 'name', 'id']), Index(fields=['tenant_id', 'place', 'modified_at', 'id']), Index(fields=['parent_id']), Index(fields=['root_id']), Index(fields=['creator_id']), Index(fields=['tenant_id', 'source'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='FileActivity',
            fields=[
                ('id', fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('file', fields.ForeignKeyField('models.File', source_field='file_id', db_constraint=True, to_field='id', related_name='activities', on_delete=OnDelete.CASCADE)),
                ('user_id', fields.UUIDField()),
                ('accessed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('modified_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('pinned', fields.BooleanField(default=False)),
                ('starred', fields.BooleanField(default=False)),
            ],
            options={'table': 'file_activity', 'app': 'models', 'unique_together': (('file', 'user_id'),), 'indexes': [Index(fields=['user_id', 'accessed_at']), Index(fields=['user_id', 'modified_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='FileTag',
            fields=[
                ('id', fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('tenant_id', fields.UUIDField()),
                ('file', fields.ForeignKeyField('models.File', source_field='file_id', db_constraint=True, to_field='id', related_name='file_tags', on_delete=OnDelete.CASCADE)),
                ('tag', fields.CharField(max_length=64)),
            ],
            options={'table': 'file_tag', 'app': 'models', 'unique_together': (('file', 'tag'),), 'indexes': [Index(fields=['tenant_id', 'tag'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='FileVariant',
            fields=[
                ('id', fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('file', fields.ForeignKeyField('models.File', source_field='file_id', db_constraint=True, to_field='id', related_name='variants', on_delete=OnDelete.CASCADE)),
                ('blob', fields.ForeignKeyField('models.Blob', source_field='blob_id', db_constraint=True, to_field='id', related_name='variants', on_delete=OnDelete.RESTRICT)),
                ('variant_class', fields.CharField(max_length=8)),
                ('quality', fields.CharField(max_length=8)),
                ('format', fields.CharField(max_length=16)),
                ('content_type', fields.CharField(max_length=128)),
                ('size_bytes', fields.BigIntField()),
                ('width', fields.IntField(null=True)),
                ('height', fields.IntField(null=True)),
                ('duration_s', fields.FloatField(null=True)),
                ('bitrate_kbps', fields.IntField(null=True)),
                ('pages', fields.IntField(null=True)),
            ],
            options={'table': 'file_variant', 'app': 'models', 'unique_together': (('file', 'variant_class', 'quality'),), 'indexes': [Index(fields=['blob_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Preference',
            fields=[
                ('id', fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('tenant', fields.ForeignKeyField('models.Tenant', source_field='tenant_id', null=True, db_constraint=True, to_field='id', related_name='preferences', on_delete=OnDelete.CASCADE)),
                ('owner_key', fields.CharField(default='', max_length=36)),
                ('key', fields.CharField(max_length=128)),
                ('value', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'preference', 'app': 'models', 'unique_together': (('owner_key', 'key'),), 'indexes': [Index(fields=['tenant_id', 'key'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Ref',
            fields=[
                ('id', fields.UUIDField(primary_key=True, unique=True, db_index=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('tenant', fields.ForeignKeyField('models.Tenant', source_field='tenant_id', db_constraint=True, to_field='id', related_name='refs', on_delete=OnDelete.CASCADE)),
                ('ref_id', fields.CharField(unique=True, max_length=64)),
                ('kind', fields.CharField(max_length=24)),
                ('description', fields.CharField(null=True, max_length=256)),
                ('resource', fields.ForeignKeyField('models.File', source_field='resource_id', null=True, db_constraint=True, to_field='id', related_name='refs', on_delete=OnDelete.CASCADE)),
                ('level', fields.SmallIntField(null=True)),
                ('uses_left', fields.IntField(null=True)),
                ('params', fields.TextField(null=True, unique=False)),
                ('created_by', fields.UUIDField(null=True)),
                ('expires_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'ref', 'app': 'models', 'indexes': [Index(fields=['tenant_id', 'kind', 'id']), Index(fields=['resource_id']), Index(fields=['expires_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Share',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('tenant_id', fields.UUIDField()),
                ('file', fields.ForeignKeyField('models.File', source_field='file_id', db_constraint=True, to_field='id', related_name='shares', on_delete=OnDelete.CASCADE)),
                ('subject_kind', fields.CharField(max_length=8)),
                ('subject', fields.CharField(max_length=80)),
                ('user_id', fields.UUIDField(null=True)),
                ('level', fields.SmallIntField()),
                ('created_by', fields.CharField(max_length=64)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('expires_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'share', 'app': 'models', 'unique_together': (('file', 'subject_kind', 'subject'),), 'indexes': [Index(fields=['tenant_id', 'subject_kind', 'subject']), Index(fields=['user_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Tenant',
            name='cover_file_id',
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name='Tenant',
            name='extra',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='Tenant',
            name='id_tag',
            field=fields.CharField(null=True, unique=True, max_length=64),
        ),
        ops.AddField(
            model_name='Tenant',
            name='kind',
            field=fields.CharField(default='organization', db_default='organization', max_length=16),
        ),
        ops.AddField(
            model_name='Tenant',
            name='picture_file_id',
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name='User',
            name='id_tag',
            field=fields.CharField(null=True, unique=True, max_length=64),
        ),
    ]
