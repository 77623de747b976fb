import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.operations
import django.db.models.deletion
import django.utils.timezone
import simple_history.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        django.contrib.postgres.operations.BtreeGistExtension(),
        migrations.CreateModel(
            name="Party",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("eic", models.CharField(max_length=16, unique=True, verbose_name="EIC")),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("PHYSICAL_PERSON", "PHYSICAL_PERSON"),
                            ("LEGAL_PERSON", "LEGAL_PERSON"),
                            ("ORGANIZATION", "ORGANIZATION"),
                            ("MARKET_PARTICIPANT", "MARKET_PARTICIPANT"),
                        ],
                        max_length=20,
                    ),
                ),
                ("name", models.CharField(max_length=500)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "verbose_name_plural": "parties",
                "db_table": "parties_party",
                "ordering": ["eic"],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="users",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "db_table": "parties_user",
                "abstract": False,
            },
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="HistoricalParty",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("eic", models.CharField(db_index=True, max_length=16, verbose_name="EIC")),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("PHYSICAL_PERSON", "PHYSICAL_PERSON"),
                            ("LEGAL_PERSON", "LEGAL_PERSON"),
                            ("ORGANIZATION", "ORGANIZATION"),
                            ("MARKET_PARTICIPANT", "MARKET_PARTICIPANT"),
                        ],
                        max_length=20,
                    ),
                ),
                ("name", models.CharField(max_length=500)),
                ("created_at", models.DateTimeField(blank=True, editable=False)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "historical party",
                "verbose_name_plural": "historical parties",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalUserGrant",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("GRID_OPERATOR", "GRID_OPERATOR"),
                            ("CLOSED_DISTRIBUTION_NETWORK", "CLOSED_DISTRIBUTION_NETWORK"),
                            ("LINE_OPERATOR", "LINE_OPERATOR"),
                            ("PRODUCER_OPERATOR", "PRODUCER_OPERATOR"),
                            ("CHARGING_POINT_OPERATOR", "CHARGING_POINT_OPERATOR"),
                            ("STORAGE_OPERATOR", "STORAGE_OPERATOR"),
                            ("GAS_STATION_OPERATOR", "GAS_STATION_OPERATOR"),
                            ("OPEN_SUPPLIER", "OPEN_SUPPLIER"),
                            ("AGGREGATOR", "AGGREGATOR"),
                            ("ENERGY_SERVICE_PROVIDER", "ENERGY_SERVICE_PROVIDER"),
                        ],
                        max_length=30,
                    ),
                ),
                (
                    "commodity",
                    models.CharField(
                        choices=[("ELECTRICITY", "ELECTRICITY"), ("NATURAL_GAS", "NATURAL_GAS")], max_length=20
                    ),
                ),
                (
                    "permission",
                    models.CharField(
                        choices=[
                            ("ADMIN", "ADMIN"),
                            ("VIEWER_METERING_POINT", "VIEWER_METERING_POINT"),
                            ("EDITOR_METERING_POINT", "EDITOR_METERING_POINT"),
                            ("VIEWER_METERING_DATA", "VIEWER_METERING_DATA"),
                            ("EDITOR_METERING_DATA", "EDITOR_METERING_DATA"),
                            ("VIEWER_AGREEMENT", "VIEWER_AGREEMENT"),
                            ("EDITOR_AGREEMENT", "EDITOR_AGREEMENT"),
                            ("VIEWER_CUSTOMER", "VIEWER_CUSTOMER"),
                            ("EDITOR_CUSTOMER", "EDITOR_CUSTOMER"),
                            ("EDITOR_NETWORK_BILL", "EDITOR_NETWORK_BILL"),
                            ("VIEWER_CONNECTION_STATE", "VIEWER_CONNECTION_STATE"),
                            ("EDITOR_CONNECTION_STATE", "EDITOR_CONNECTION_STATE"),
                            ("VIEWER_DIRECT_MESSAGE", "VIEWER_DIRECT_MESSAGE"),
                            ("EDITOR_DIRECT_MESSAGE", "EDITOR_DIRECT_MESSAGE"),
                            ("VIEWER_PERMISSION", "VIEWER_PERMISSION"),
                            ("VIEWER_DATA_DISTRIBUTION", "VIEWER_DATA_DISTRIBUTION"),
                            ("EDITOR_AUTHORIZATION", "EDITOR_AUTHORIZATION"),
                        ],
                        max_length=40,
                    ),
                ),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical user grant",
                "verbose_name_plural": "historical user grants",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalUser",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        db_index=True,
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical user",
                "verbose_name_plural": "historical users",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalTechnicalUser",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("client_id", models.CharField(db_index=True, max_length=60)),
                (
                    "permissions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("ADMIN", "ADMIN"),
                                ("VIEWER_METERING_POINT", "VIEWER_METERING_POINT"),
                                ("EDITOR_METERING_POINT", "EDITOR_METERING_POINT"),
                                ("VIEWER_METERING_DATA", "VIEWER_METERING_DATA"),
                                ("EDITOR_METERING_DATA", "EDITOR_METERING_DATA"),
                                ("VIEWER_AGREEMENT", "VIEWER_AGREEMENT"),
                                ("EDITOR_AGREEMENT", "EDITOR_AGREEMENT"),
                                ("VIEWER_CUSTOMER", "VIEWER_CUSTOMER"),
                                ("EDITOR_CUSTOMER", "EDITOR_CUSTOMER"),
                                ("EDITOR_NETWORK_BILL", "EDITOR_NETWORK_BILL"),
                                ("VIEWER_CONNECTION_STATE", "VIEWER_CONNECTION_STATE"),
                                ("EDITOR_CONNECTION_STATE", "EDITOR_CONNECTION_STATE"),
                                ("VIEWER_DIRECT_MESSAGE", "VIEWER_DIRECT_MESSAGE"),
                                ("EDITOR_DIRECT_MESSAGE", "EDITOR_DIRECT_MESSAGE"),
                                ("VIEWER_PERMISSION", "VIEWER_PERMISSION"),
                                ("VIEWER_DATA_DISTRIBUTION", "VIEWER_DATA_DISTRIBUTION"),
                                ("EDITOR_AUTHORIZATION", "EDITOR_AUTHORIZATION"),
                            ],
                            max_length=40,
                        ),
                        size=None,
                    ),
                ),
                (
                    "allowed_networks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=50),
                        blank=True,
                        default=list,
                        help_text="IP networks (192.0.2.0/24) from which it may come; empty: from anywhere",
                        size=None,
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(blank=True, editable=False)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical technical user",
                "verbose_name_plural": "historical technical users",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalRepresentation",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("valid_from", models.DateTimeField()),
                ("valid_to", models.DateTimeField(blank=True, null=True)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical representation",
                "verbose_name_plural": "historical representations",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalMarketRole",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("GRID_OPERATOR", "GRID_OPERATOR"),
                            ("CLOSED_DISTRIBUTION_NETWORK", "CLOSED_DISTRIBUTION_NETWORK"),
                            ("LINE_OPERATOR", "LINE_OPERATOR"),
                            ("PRODUCER_OPERATOR", "PRODUCER_OPERATOR"),
                            ("CHARGING_POINT_OPERATOR", "CHARGING_POINT_OPERATOR"),
                            ("STORAGE_OPERATOR", "STORAGE_OPERATOR"),
                            ("GAS_STATION_OPERATOR", "GAS_STATION_OPERATOR"),
                            ("OPEN_SUPPLIER", "OPEN_SUPPLIER"),
                            ("AGGREGATOR", "AGGREGATOR"),
                            ("ENERGY_SERVICE_PROVIDER", "ENERGY_SERVICE_PROVIDER"),
                        ],
                        max_length=30,
                    ),
                ),
                (
                    "commodity",
                    models.CharField(
                        choices=[("ELECTRICITY", "ELECTRICITY"), ("NATURAL_GAS", "NATURAL_GAS")], max_length=20
                    ),
                ),
                ("valid_from", models.DateTimeField()),
                ("valid_to", models.DateTimeField(blank=True, null=True)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical market role",
                "verbose_name_plural": "historical market roles",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalIdentity",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                (
                    "party_type",
                    models.CharField(
                        choices=[
                            ("PHYSICAL_PERSON", "PHYSICAL_PERSON"),
                            ("LEGAL_PERSON", "LEGAL_PERSON"),
                            ("ORGANIZATION", "ORGANIZATION"),
                            ("MARKET_PARTICIPANT", "MARKET_PARTICIPANT"),
                        ],
                        editable=False,
                        max_length=20,
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("PERSONAL_ID", "PERSONAL_ID"),
                            ("COMPANY_ID", "COMPANY_ID"),
                            ("DOCUMENT_ID", "DOCUMENT_ID"),
                            ("EMBASSY_ID", "EMBASSY_ID"),
                        ],
                        max_length=20,
                    ),
                ),
                ("value", models.CharField(max_length=100)),
                ("country", models.CharField(max_length=2, verbose_name="country (ISO 3166 alpha-2)")),
                ("issuer", models.CharField(blank=True, max_length=250)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "party",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical identity",
                "verbose_name_plural": "historical identities",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="HistoricalEicRange",
            fields=[
                ("id", models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name="ID")),
                ("prefix", models.CharField(db_index=True, max_length=15)),
                ("history_id", models.AutoField(primary_key=True, serialize=False)),
                ("history_date", models.DateTimeField(db_index=True)),
                ("history_change_reason", models.CharField(max_length=100, null=True)),
                (
                    "history_type",
                    models.CharField(choices=[("+", "Created"), ("~", "Changed"), ("-", "Deleted")], max_length=1),
                ),
                (
                    "history_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "verbose_name": "historical EIC range",
                "verbose_name_plural": "historical EIC ranges",
                "ordering": ("-history_date", "-history_id"),
                "get_latest_by": ("history_date", "history_id"),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name="EicRange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("prefix", models.CharField(max_length=15, unique=True)),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="eic_ranges", to="parties.party"
                    ),
                ),
            ],
            options={
                "verbose_name": "EIC range",
                "db_table": "parties_eic_range",
            },
        ),
        migrations.CreateModel(
            name="Representation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid_from", models.DateTimeField()),
                ("valid_to", models.DateTimeField(blank=True, null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="representatives", to="parties.party"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="representations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "parties_representation",
            },
        ),
        migrations.CreateModel(
            name="TechnicalUser",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client_id", models.CharField(max_length=60, unique=True)),
                (
                    "permissions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("ADMIN", "ADMIN"),
                                ("VIEWER_METERING_POINT", "VIEWER_METERING_POINT"),
                                ("EDITOR_METERING_POINT", "EDITOR_METERING_POINT"),
                                ("VIEWER_METERING_DATA", "VIEWER_METERING_DATA"),
                                ("EDITOR_METERING_DATA", "EDITOR_METERING_DATA"),
                                ("VIEWER_AGREEMENT", "VIEWER_AGREEMENT"),
                                ("EDITOR_AGREEMENT", "EDITOR_AGREEMENT"),
                                ("VIEWER_CUSTOMER", "VIEWER_CUSTOMER"),
                                ("EDITOR_CUSTOMER", "EDITOR_CUSTOMER"),
                                ("EDITOR_NETWORK_BILL", "EDITOR_NETWORK_BILL"),
                                ("VIEWER_CONNECTION_STATE", "VIEWER_CONNECTION_STATE"),
                                ("EDITOR_CONNECTION_STATE", "EDITOR_CONNECTION_STATE"),
                                ("VIEWER_DIRECT_MESSAGE", "VIEWER_DIRECT_MESSAGE"),
                                ("EDITOR_DIRECT_MESSAGE", "EDITOR_DIRECT_MESSAGE"),
                                ("VIEWER_PERMISSION", "VIEWER_PERMISSION"),
                                ("VIEWER_DATA_DISTRIBUTION", "VIEWER_DATA_DISTRIBUTION"),
                                ("EDITOR_AUTHORIZATION", "EDITOR_AUTHORIZATION"),
                            ],
                            max_length=40,
                        ),
                        size=None,
                    ),
                ),
                (
                    "allowed_networks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=50),
                        blank=True,
                        default=list,
                        help_text="IP networks (192.0.2.0/24) from which it may come; empty: from anywhere",
                        size=None,
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="technical_users", to="parties.party"
                    ),
                ),
            ],
            options={
                "db_table": "parties_technical_user",
                "ordering": ["client_id"],
            },
        ),
        migrations.CreateModel(
            name="Metadata",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("FIRST_NAME", "FIRST_NAME"),
                            ("LAST_NAME", "LAST_NAME"),
                            ("COMPANY_NAME", "COMPANY_NAME"),
                            ("ORGANIZATION_NAME", "ORGANIZATION_NAME"),
                            ("PHONE", "PHONE"),
                            ("MOBILE_PHONE", "MOBILE_PHONE"),
                            ("EMAIL", "EMAIL"),
                            ("BILLING_ADDRESS", "BILLING_ADDRESS"),
                            ("BILLING_BANK_NAME", "BILLING_BANK_NAME"),
                            ("BILLING_BANK_ACCOUNT", "BILLING_BANK_ACCOUNT"),
                            ("BILLING_METHOD", "BILLING_METHOD"),
                        ],
                        max_length=30,
                    ),
                ),
                ("value", models.CharField(max_length=250)),
                ("valid_from", models.DateTimeField()),
                ("valid_to", models.DateTimeField(blank=True, null=True)),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="metadata", to="parties.party"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "metadata",
                "db_table": "parties_metadata",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                        ),
                        name="parties_metadata_period",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("party", "="),
                            ("type", "="),
                            (
                                models.Func(
                                    models.F("valid_from"),
                                    models.F("valid_to"),
                                    django.contrib.postgres.fields.ranges.RangeBoundary(),
                                    function="TSTZRANGE",
                                    output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="parties_metadata_one_value_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MarketRole",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("GRID_OPERATOR", "GRID_OPERATOR"),
                            ("CLOSED_DISTRIBUTION_NETWORK", "CLOSED_DISTRIBUTION_NETWORK"),
                            ("LINE_OPERATOR", "LINE_OPERATOR"),
                            ("PRODUCER_OPERATOR", "PRODUCER_OPERATOR"),
                            ("CHARGING_POINT_OPERATOR", "CHARGING_POINT_OPERATOR"),
                            ("STORAGE_OPERATOR", "STORAGE_OPERATOR"),
                            ("GAS_STATION_OPERATOR", "GAS_STATION_OPERATOR"),
                            ("OPEN_SUPPLIER", "OPEN_SUPPLIER"),
                            ("AGGREGATOR", "AGGREGATOR"),
                            ("ENERGY_SERVICE_PROVIDER", "ENERGY_SERVICE_PROVIDER"),
                        ],
                        max_length=30,
                    ),
                ),
                (
                    "commodity",
                    models.CharField(
                        choices=[("ELECTRICITY", "ELECTRICITY"), ("NATURAL_GAS", "NATURAL_GAS")], max_length=20
                    ),
                ),
                ("valid_from", models.DateTimeField()),
                ("valid_to", models.DateTimeField(blank=True, null=True)),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="roles", to="parties.party"
                    ),
                ),
            ],
            options={
                "db_table": "parties_market_role",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True), ("valid_to__gt", models.F("valid_from")), _connector="OR"
                        ),
                        name="parties_market_role_period",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("commodity", "ELECTRICITY"),
                            models.Q(
                                (
                                    "role__in",
                                    [
                                        "AGGREGATOR",
                                        "CHARGING_POINT_OPERATOR",
                                        "CLOSED_DISTRIBUTION_NETWORK",
                                        "LINE_OPERATOR",
                                    ],
                                ),
                                _negated=True,
                            ),
                            _connector="OR",
                        ),
                        name="parties_market_role_commodity",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            ("participant", "="),
                            ("role", "="),
                            ("commodity", "="),
                            (
                                models.Func(
                                    models.F("valid_from"),
                                    models.F("valid_to"),
                                    django.contrib.postgres.fields.ranges.RangeBoundary(),
                                    function="TSTZRANGE",
                                    output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="parties_market_role_once_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Identity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "party_type",
                    models.CharField(
                        choices=[
                            ("PHYSICAL_PERSON", "PHYSICAL_PERSON"),
                            ("LEGAL_PERSON", "LEGAL_PERSON"),
                            ("ORGANIZATION", "ORGANIZATION"),
                            ("MARKET_PARTICIPANT", "MARKET_PARTICIPANT"),
                        ],
                        editable=False,
                        max_length=20,
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("PERSONAL_ID", "PERSONAL_ID"),
                            ("COMPANY_ID", "COMPANY_ID"),
                            ("DOCUMENT_ID", "DOCUMENT_ID"),
                            ("EMBASSY_ID", "EMBASSY_ID"),
                        ],
                        max_length=20,
                    ),
                ),
                ("value", models.CharField(max_length=100)),
                ("country", models.CharField(max_length=2, verbose_name="country (ISO 3166 alpha-2)")),
                ("issuer", models.CharField(blank=True, max_length=250)),
                (
                    "party",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="identities", to="parties.party"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "identities",
                "db_table": "parties_identity",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("party_type", "type", "value", "country"), name="parties_identity_once_per_party_type"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TechnicalUserSecret",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("secret_hash", models.CharField(max_length=255)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                (
                    "technical_user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="secrets", to="parties.technicaluser"
                    ),
                ),
            ],
            options={
                "db_table": "parties_technical_user_secret",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_at__isnull", True), ("expires_at__gte", models.F("created_at")), _connector="OR"
                        ),
                        name="parties_technical_user_secret_period",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UserGrant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("GRID_OPERATOR", "GRID_OPERATOR"),
                            ("CLOSED_DISTRIBUTION_NETWORK", "CLOSED_DISTRIBUTION_NETWORK"),
                            ("LINE_OPERATOR", "LINE_OPERATOR"),
                            ("PRODUCER_OPERATOR", "PRODUCER_OPERATOR"),
                            ("CHARGING_POINT_OPERATOR", "CHARGING_POINT_OPERATOR"),
                            ("STORAGE_OPERATOR", "STORAGE_OPERATOR"),
                            ("GAS_STATION_OPERATOR", "GAS_STATION_OPERATOR"),
                            ("OPEN_SUPPLIER", "OPEN_SUPPLIER"),
                            ("AGGREGATOR", "AGGREGATOR"),
                            ("ENERGY_SERVICE_PROVIDER", "ENERGY_SERVICE_PROVIDER"),
                        ],
                        max_length=30,
                    ),
                ),
                (
                    "commodity",
                    models.CharField(
                        choices=[("ELECTRICITY", "ELECTRICITY"), ("NATURAL_GAS", "NATURAL_GAS")], max_length=20
                    ),
                ),
                (
                    "permission",
                    models.CharField(
                        choices=[
                            ("ADMIN", "ADMIN"),
                            ("VIEWER_METERING_POINT", "VIEWER_METERING_POINT"),
                            ("EDITOR_METERING_POINT", "EDITOR_METERING_POINT"),
                            ("VIEWER_METERING_DATA", "VIEWER_METERING_DATA"),
                            ("EDITOR_METERING_DATA", "EDITOR_METERING_DATA"),
                            ("VIEWER_AGREEMENT", "VIEWER_AGREEMENT"),
                            ("EDITOR_AGREEMENT", "EDITOR_AGREEMENT"),
                            ("VIEWER_CUSTOMER", "VIEWER_CUSTOMER"),
                            ("EDITOR_CUSTOMER", "EDITOR_CUSTOMER"),
                            ("EDITOR_NETWORK_BILL", "EDITOR_NETWORK_BILL"),
                            ("VIEWER_CONNECTION_STATE", "VIEWER_CONNECTION_STATE"),
                            ("EDITOR_CONNECTION_STATE", "EDITOR_CONNECTION_STATE"),
                            ("VIEWER_DIRECT_MESSAGE", "VIEWER_DIRECT_MESSAGE"),
                            ("EDITOR_DIRECT_MESSAGE", "EDITOR_DIRECT_MESSAGE"),
                            ("VIEWER_PERMISSION", "VIEWER_PERMISSION"),
                            ("VIEWER_DATA_DISTRIBUTION", "VIEWER_DATA_DISTRIBUTION"),
                            ("EDITOR_AUTHORIZATION", "EDITOR_AUTHORIZATION"),
                        ],
                        max_length=40,
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="user_grants", to="parties.party"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="grants", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "db_table": "parties_user_grant",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "participant", "role", "commodity", "permission"),
                        name="parties_user_grant_once",
                    )
                ],
            },
        ),
    ]
