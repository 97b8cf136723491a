BEGIN TRANSACTION;
CREATE TABLE "account_emailaddress" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "verified" bool NOT NULL, "primary" bool NOT NULL, "user_id" bigint NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "email" varchar(254) NOT NULL);
INSERT INTO "account_emailaddress" VALUES(1,1,1,1,'root@example.org');
CREATE TABLE "account_emailconfirmation" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "created" datetime NOT NULL, "sent" datetime NULL, "key" varchar(64) NOT NULL UNIQUE, "email_address_id" integer NOT NULL REFERENCES "account_emailaddress" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "accounts_accesstoken" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "kind" varchar(10) NOT NULL, "name" varchar(80) NOT NULL, "scope" varchar(8) NOT NULL, "digest" varchar(64) NOT NULL UNIQUE, "first_characters" varchar(12) NOT NULL, "last4" varchar(4) NOT NULL, "created_at" datetime NOT NULL, "expires_at" datetime NULL, "last_used_at" datetime NULL, "used_up_at" datetime NULL, "revoked_at" datetime NULL, "user_id" bigint NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "session_id" bigint NULL REFERENCES "accounts_apisession" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "login_tokens_belong_to_a_session" CHECK ((("kind" = 'personal' AND "session_id" IS NULL) OR ("kind" IN ('access', 'refresh') AND "session_id" IS NOT NULL))));
INSERT INTO "accounts_accesstoken" VALUES(1,'personal','CI','write','03de1454f2b59dd1b007a60cb0f60e07a9c6e6da2c20f1909820aa8d4e1578bd','xhub_Toke','0abc','2026-11-28 21:23:16.743400',NULL,NULL,NULL,NULL,2,NULL);
CREATE TABLE "accounts_apisession" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "created_at" datetime NOT NULL, "last_used_at" datetime NOT NULL, "expires_at" datetime NOT NULL, "revoked_at" datetime NULL, "ip_address" char(39) NULL, "user_agent" varchar(200) NOT NULL, "user_id" bigint NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "accounts_githubtoken" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "sealed" text NOT NULL, "last4" varchar(4) NOT NULL, "login" varchar(80) NOT NULL, "scopes" text NULL CHECK ((JSON_VALID("scopes") OR "scopes" IS NULL)), "expires_at" datetime NULL, "saved_at" datetime NOT NULL, "user_id" bigint NOT NULL UNIQUE REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "github_id" bigint unsigned NULL CHECK ("github_id" >= 0));
INSERT INTO "accounts_githubtoken" VALUES(1,'gAAAAABrC0ZEpVut5D838Ufa_rpFFIB-l5RDqJZkGTtuXYLqjkwbHipQO1IFzBRugPXEo7q_h9OKh1MqSq1K0CikeiLg-lcrx9dB_35HHZITpcuOFHCHky0z2ko1ZKveRjYkWAbE8Hd8','rrrr','rita','["public_repo"]',NULL,'2026-11-28 21:23:17.004487',3,7);
CREATE TABLE "accounts_ownserver" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "address" varchar(300) NOT NULL, "sealed_key" text NOT NULL, "last4" varchar(4) NOT NULL, "saved_at" datetime NOT NULL, "user_id" bigint NOT NULL UNIQUE REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "last_used_at" datetime NULL, "sealed_password" text NOT NULL, "username" varchar(150) NOT NULL);
CREATE TABLE "accounts_user" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "password" varchar(128) NOT NULL, "last_login" datetime NULL, "is_superuser" bool NOT NULL, "is_staff" bool NOT NULL, "is_active" bool NOT NULL, "date_joined" datetime NOT NULL, "username" varchar(40) NOT NULL UNIQUE, "email" varchar(254) NOT NULL, "display_name" varchar(80) NOT NULL, "organisation" varchar(120) NOT NULL, "bio" text NOT NULL, "links" text NOT NULL CHECK ((JSON_VALID("links") OR "links" IS NULL)), "avatar" varchar(100) NOT NULL, "language" varchar(10) NOT NULL);
INSERT INTO "accounts_user" VALUES(1,'pbkdf2_sha256$1000000$DyaOzOpQWaSqkFVpkR5fWw$wKkKxxLdGTmtV0zKtkSiKLGEwFpFiuFC+9QzRErWQVE=',NULL,1,1,1,'2026-11-28 21:23:07.571012','root','root@example.org','','','','[]','','');
INSERT INTO "accounts_user" VALUES(2,'pbkdf2_sha256$1000000$UUjnBG8aY20wJiviJTQuYE$v/X06c+CA/dlPKOGlxZF8kPiOWC2I2879eeacnuTPDU=',NULL,0,0,1,'2026-11-28 21:23:07.956255','ada','ada@example.org','','','','[]','','');
INSERT INTO "accounts_user" VALUES(3,'pbkdf2_sha256$1000000$uvw4a3nahx1RrsxUB85McO$uvIcOKr3zxOzhWfRTSXCsZr18GJJMzpmgRxMq+Qx7Y0=',NULL,0,0,1,'2026-11-28 21:23:09.045998','rita','rita@example.org','','','','[]','','');
CREATE TABLE "accounts_user_groups" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "user_id" bigint NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "group_id" integer NOT NULL REFERENCES "auth_group" ("id") DEFERRABLE INITIALLY DEFERRED);
INSERT INTO "accounts_user_groups" VALUES(1,3,1);
INSERT INTO "accounts_user_groups" VALUES(2,3,2);
INSERT INTO "accounts_user_groups" VALUES(3,3,3);
INSERT INTO "accounts_user_groups" VALUES(4,3,4);
INSERT INTO "accounts_user_groups" VALUES(5,3,5);
INSERT INTO "accounts_user_groups" VALUES(6,3,6);
INSERT INTO "accounts_user_groups" VALUES(7,3,7);
INSERT INTO "accounts_user_groups" VALUES(8,2,3);
INSERT INTO "accounts_user_groups" VALUES(9,2,4);
INSERT INTO "accounts_user_groups" VALUES(10,2,6);
CREATE TABLE "accounts_user_user_permissions" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "user_id" bigint NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "permission_id" integer NOT NULL REFERENCES "auth_permission" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "auth_group" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "name" varchar(150) NOT NULL UNIQUE);
INSERT INTO "auth_group" VALUES(1,'Registrars');
INSERT INTO "auth_group" VALUES(2,'Public registrars');
INSERT INTO "auth_group" VALUES(3,'Enterprise registrars');
INSERT INTO "auth_group" VALUES(4,'Enterprise viewers');
INSERT INTO "auth_group" VALUES(5,'Maintainers');
INSERT INTO "auth_group" VALUES(6,'Enterprise maintainers');
INSERT INTO "auth_group" VALUES(7,'Reviewers');
CREATE TABLE "auth_group_permissions" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "group_id" integer NOT NULL REFERENCES "auth_group" ("id") DEFERRABLE INITIALLY DEFERRED, "permission_id" integer NOT NULL REFERENCES "auth_permission" ("id") DEFERRABLE INITIALLY DEFERRED);
INSERT INTO "auth_group_permissions" VALUES(1,1,1);
INSERT INTO "auth_group_permissions" VALUES(2,2,1);
INSERT INTO "auth_group_permissions" VALUES(3,2,2);
INSERT INTO "auth_group_permissions" VALUES(4,3,1);
INSERT INTO "auth_group_permissions" VALUES(5,3,3);
INSERT INTO "auth_group_permissions" VALUES(6,4,4);
INSERT INTO "auth_group_permissions" VALUES(7,5,5);
INSERT INTO "auth_group_permissions" VALUES(8,5,6);
INSERT INTO "auth_group_permissions" VALUES(9,5,7);
INSERT INTO "auth_group_permissions" VALUES(10,5,8);
INSERT INTO "auth_group_permissions" VALUES(11,6,4);
INSERT INTO "auth_group_permissions" VALUES(12,6,9);
INSERT INTO "auth_group_permissions" VALUES(13,6,10);
INSERT INTO "auth_group_permissions" VALUES(14,6,11);
INSERT INTO "auth_group_permissions" VALUES(15,7,12);
INSERT INTO "auth_group_permissions" VALUES(16,7,13);
CREATE TABLE "auth_permission" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "content_type_id" integer NOT NULL REFERENCES "django_content_type" ("id") DEFERRABLE INITIALLY DEFERRED, "codename" varchar(100) NOT NULL, "name" varchar(255) NOT NULL);
INSERT INTO "auth_permission" VALUES(1,1,'register_model','Can register private models and submit public ones for review');
INSERT INTO "auth_permission" VALUES(2,1,'register_public_model','Can publish public models without review');
INSERT INTO "auth_permission" VALUES(3,1,'register_enterprise_model','Can register enterprise models');
INSERT INTO "auth_permission" VALUES(4,1,'view_enterprise_model','Can see enterprise models');
INSERT INTO "auth_permission" VALUES(5,1,'change_public_model','Can change public models');
INSERT INTO "auth_permission" VALUES(6,1,'delete_public_model','Can delete public models');
INSERT INTO "auth_permission" VALUES(7,1,'expire_public_model','Can set the expiry of public models');
INSERT INTO "auth_permission" VALUES(8,1,'update_catalogue','Can update the catalogue from its source');
INSERT INTO "auth_permission" VALUES(9,1,'change_enterprise_model','Can change enterprise models');
INSERT INTO "auth_permission" VALUES(10,1,'delete_enterprise_model','Can delete enterprise models');
INSERT INTO "auth_permission" VALUES(11,1,'expire_enterprise_model','Can set the expiry of enterprise models');
INSERT INTO "auth_permission" VALUES(12,1,'view_review_list','Can see the review queue');
INSERT INTO "auth_permission" VALUES(13,1,'review_model','Can decide reviews');
INSERT INTO "auth_permission" VALUES(14,2,'add_logentry','Can add log entry');
INSERT INTO "auth_permission" VALUES(15,2,'change_logentry','Can change log entry');
INSERT INTO "auth_permission" VALUES(16,2,'delete_logentry','Can delete log entry');
INSERT INTO "auth_permission" VALUES(17,2,'view_logentry','Can view log entry');
INSERT INTO "auth_permission" VALUES(18,3,'add_permission','Can add permission');
INSERT INTO "auth_permission" VALUES(19,3,'change_permission','Can change permission');
INSERT INTO "auth_permission" VALUES(20,3,'delete_permission','Can delete permission');
INSERT INTO "auth_permission" VALUES(21,3,'view_permission','Can view permission');
INSERT INTO "auth_permission" VALUES(22,4,'add_group','Can add group');
INSERT INTO "auth_permission" VALUES(23,4,'change_group','Can change group');
INSERT INTO "auth_permission" VALUES(24,4,'delete_group','Can delete group');
INSERT INTO "auth_permission" VALUES(25,4,'view_group','Can view group');
INSERT INTO "auth_permission" VALUES(26,5,'add_contenttype','Can add content type');
INSERT INTO "auth_permission" VALUES(27,5,'change_contenttype','Can change content type');
INSERT INTO "auth_permission" VALUES(28,5,'delete_contenttype','Can delete content type');
INSERT INTO "auth_permission" VALUES(29,5,'view_contenttype','Can view content type');
INSERT INTO "auth_permission" VALUES(30,6,'add_session','Can add session');
INSERT INTO "auth_permission" VALUES(31,6,'change_session','Can change session');
INSERT INTO "auth_permission" VALUES(32,6,'delete_session','Can delete session');
INSERT INTO "auth_permission" VALUES(33,6,'view_session','Can view session');
INSERT INTO "auth_permission" VALUES(34,7,'add_emailaddress','Can add email address');
INSERT INTO "auth_permission" VALUES(35,7,'change_emailaddress','Can change email address');
INSERT INTO "auth_permission" VALUES(36,7,'delete_emailaddress','Can delete email address');
INSERT INTO "auth_permission" VALUES(37,7,'view_emailaddress','Can view email address');
INSERT INTO "auth_permission" VALUES(38,8,'add_emailconfirmation','Can add email confirmation');
INSERT INTO "auth_permission" VALUES(39,8,'change_emailconfirmation','Can change email confirmation');
INSERT INTO "auth_permission" VALUES(40,8,'delete_emailconfirmation','Can delete email confirmation');
INSERT INTO "auth_permission" VALUES(41,8,'view_emailconfirmation','Can view email confirmation');
INSERT INTO "auth_permission" VALUES(42,9,'add_authenticator','Can add authenticator');
INSERT INTO "auth_permission" VALUES(43,9,'change_authenticator','Can change authenticator');
INSERT INTO "auth_permission" VALUES(44,9,'delete_authenticator','Can delete authenticator');
INSERT INTO "auth_permission" VALUES(45,9,'view_authenticator','Can view authenticator');
INSERT INTO "auth_permission" VALUES(46,10,'add_socialaccount','Can add social account');
INSERT INTO "auth_permission" VALUES(47,10,'change_socialaccount','Can change social account');
INSERT INTO "auth_permission" VALUES(48,10,'delete_socialaccount','Can delete social account');
INSERT INTO "auth_permission" VALUES(49,10,'view_socialaccount','Can view social account');
INSERT INTO "auth_permission" VALUES(50,11,'add_socialapp','Can add social application');
INSERT INTO "auth_permission" VALUES(51,11,'change_socialapp','Can change social application');
INSERT INTO "auth_permission" VALUES(52,11,'delete_socialapp','Can delete social application');
INSERT INTO "auth_permission" VALUES(53,11,'view_socialapp','Can view social application');
INSERT INTO "auth_permission" VALUES(54,12,'add_socialtoken','Can add social application token');
INSERT INTO "auth_permission" VALUES(55,12,'change_socialtoken','Can change social application token');
INSERT INTO "auth_permission" VALUES(56,12,'delete_socialtoken','Can delete social application token');
INSERT INTO "auth_permission" VALUES(57,12,'view_socialtoken','Can view social application token');
INSERT INTO "auth_permission" VALUES(58,13,'add_usersession','Can add user session');
INSERT INTO "auth_permission" VALUES(59,13,'change_usersession','Can change user session');
INSERT INTO "auth_permission" VALUES(60,13,'delete_usersession','Can delete user session');
INSERT INTO "auth_permission" VALUES(61,13,'view_usersession','Can view user session');
INSERT INTO "auth_permission" VALUES(62,14,'add_groupobjectpermission','Can add group object permission');
INSERT INTO "auth_permission" VALUES(63,14,'change_groupobjectpermission','Can change group object permission');
INSERT INTO "auth_permission" VALUES(64,14,'delete_groupobjectpermission','Can delete group object permission');
INSERT INTO "auth_permission" VALUES(65,14,'view_groupobjectpermission','Can view group object permission');
INSERT INTO "auth_permission" VALUES(66,15,'add_userobjectpermission','Can add user object permission');
INSERT INTO "auth_permission" VALUES(67,15,'change_userobjectpermission','Can change user object permission');
INSERT INTO "auth_permission" VALUES(68,15,'delete_userobjectpermission','Can delete user object permission');
INSERT INTO "auth_permission" VALUES(69,15,'view_userobjectpermission','Can view user object permission');
INSERT INTO "auth_permission" VALUES(70,16,'add_auditentry','Can add audit entry');
INSERT INTO "auth_permission" VALUES(71,16,'change_auditentry','Can change audit entry');
INSERT INTO "auth_permission" VALUES(72,16,'delete_auditentry','Can delete audit entry');
INSERT INTO "auth_permission" VALUES(73,16,'view_auditentry','Can view audit entry');
INSERT INTO "auth_permission" VALUES(74,17,'add_user','Can add user');
INSERT INTO "auth_permission" VALUES(75,17,'change_user','Can change user');
INSERT INTO "auth_permission" VALUES(76,17,'delete_user','Can delete user');
INSERT INTO "auth_permission" VALUES(77,17,'view_user','Can view user');
INSERT INTO "auth_permission" VALUES(78,1,'view_model','Can see this model');
INSERT INTO "auth_permission" VALUES(79,1,'change_model','Can change this model');
INSERT INTO "auth_permission" VALUES(80,1,'delete_model','Can delete this model');
INSERT INTO "auth_permission" VALUES(81,1,'expire_model','Can set the expiry of this model');
INSERT INTO "auth_permission" VALUES(82,27,'add_registeredmodelgroupobjectpermission','Can add registered model group object permission');
INSERT INTO "auth_permission" VALUES(83,27,'change_registeredmodelgroupobjectpermission','Can change registered model group object permission');
INSERT INTO "auth_permission" VALUES(84,27,'delete_registeredmodelgroupobjectpermission','Can delete registered model group object permission');
INSERT INTO "auth_permission" VALUES(85,27,'view_registeredmodelgroupobjectpermission','Can view registered model group object permission');
INSERT INTO "auth_permission" VALUES(86,28,'add_registeredmodeluserobjectpermission','Can add registered model user object permission');
INSERT INTO "auth_permission" VALUES(87,28,'change_registeredmodeluserobjectpermission','Can change registered model user object permission');
INSERT INTO "auth_permission" VALUES(88,28,'delete_registeredmodeluserobjectpermission','Can delete registered model user object permission');
INSERT INTO "auth_permission" VALUES(89,28,'view_registeredmodeluserobjectpermission','Can view registered model user object permission');
CREATE TABLE "django_admin_log" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "object_id" text NULL, "object_repr" varchar(200) NOT NULL, "action_flag" smallint unsigned NOT NULL CHECK ("action_flag" >= 0), "change_message" text NOT NULL, "content_type_id" integer NULL REFERENCES "django_content_type" ("id") DEFERRABLE INITIALLY DEFERRED, "user_id" bigint NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "action_time" datetime NOT NULL);
CREATE TABLE "django_content_type" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app_label" varchar(100) NOT NULL, "model" varchar(100) NOT NULL);
INSERT INTO "django_content_type" VALUES(1,'models_registry','registeredmodel');
INSERT INTO "django_content_type" VALUES(2,'admin','logentry');
INSERT INTO "django_content_type" VALUES(3,'auth','permission');
INSERT INTO "django_content_type" VALUES(4,'auth','group');
INSERT INTO "django_content_type" VALUES(5,'contenttypes','contenttype');
INSERT INTO "django_content_type" VALUES(6,'sessions','session');
INSERT INTO "django_content_type" VALUES(7,'account','emailaddress');
INSERT INTO "django_content_type" VALUES(8,'account','emailconfirmation');
INSERT INTO "django_content_type" VALUES(9,'mfa','authenticator');
INSERT INTO "django_content_type" VALUES(10,'socialaccount','socialaccount');
INSERT INTO "django_content_type" VALUES(11,'socialaccount','socialapp');
INSERT INTO "django_content_type" VALUES(12,'socialaccount','socialtoken');
INSERT INTO "django_content_type" VALUES(13,'usersessions','usersession');
INSERT INTO "django_content_type" VALUES(14,'guardian','groupobjectpermission');
INSERT INTO "django_content_type" VALUES(15,'guardian','userobjectpermission');
INSERT INTO "django_content_type" VALUES(16,'hub','auditentry');
INSERT INTO "django_content_type" VALUES(17,'accounts','user');
INSERT INTO "django_content_type" VALUES(18,'accounts','apisession');
INSERT INTO "django_content_type" VALUES(19,'accounts','accesstoken');
INSERT INTO "django_content_type" VALUES(20,'accounts','githubtoken');
INSERT INTO "django_content_type" VALUES(21,'accounts','ownserver');
INSERT INTO "django_content_type" VALUES(22,'models_registry','cataloguelist');
INSERT INTO "django_content_type" VALUES(23,'models_registry','revision');
INSERT INTO "django_content_type" VALUES(24,'models_registry','draft');
INSERT INTO "django_content_type" VALUES(25,'models_registry','upstreamfile');
INSERT INTO "django_content_type" VALUES(26,'models_registry','facet');
INSERT INTO "django_content_type" VALUES(27,'models_registry','registeredmodelgroupobjectpermission');
INSERT INTO "django_content_type" VALUES(28,'models_registry','registeredmodeluserobjectpermission');
INSERT INTO "django_content_type" VALUES(29,'models_registry','upstreampath');
INSERT INTO "django_content_type" VALUES(30,'models_registry','pullrequest');
INSERT INTO "django_content_type" VALUES(31,'models_registry','upstreamchange');
INSERT INTO "django_content_type" VALUES(32,'models_registry','sourcelist');
INSERT INTO "django_content_type" VALUES(33,'models_registry','sourcemark');
INSERT INTO "django_content_type" VALUES(34,'models_registry','updaterun');
INSERT INTO "django_content_type" VALUES(35,'models_registry','listrevision');
INSERT INTO "django_content_type" VALUES(36,'models_registry','serverlist');
INSERT INTO "django_content_type" VALUES(37,'models_registry','sourcetext');
INSERT INTO "django_content_type" VALUES(38,'reviews','savedreply');
INSERT INTO "django_content_type" VALUES(39,'reviews','proposal');
INSERT INTO "django_content_type" VALUES(40,'reviews','claim');
INSERT INTO "django_content_type" VALUES(41,'reviews','digest');
INSERT INTO "django_content_type" VALUES(42,'reviews','sourcecheck');
INSERT INTO "django_content_type" VALUES(43,'reviews','comment');
INSERT INTO "django_content_type" VALUES(44,'reviews','notification');
INSERT INTO "django_content_type" VALUES(45,'reviews','notificationchoice');
INSERT INTO "django_content_type" VALUES(46,'reviews','review');
CREATE TABLE "django_migrations" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "app" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" datetime NOT NULL);
INSERT INTO "django_migrations" VALUES(1,'contenttypes','0001_initial','2026-11-28 21:22:56.526302');
INSERT INTO "django_migrations" VALUES(2,'contenttypes','0002_remove_content_type_name','2026-11-28 21:22:56.530281');
INSERT INTO "django_migrations" VALUES(3,'auth','0001_initial','2026-11-28 21:22:56.540564');
INSERT INTO "django_migrations" VALUES(4,'auth','0002_alter_permission_name_max_length','2026-11-28 21:22:56.543829');
INSERT INTO "django_migrations" VALUES(5,'auth','0003_alter_user_email_max_length','2026-11-28 21:22:56.571225');
INSERT INTO "django_migrations" VALUES(6,'auth','0004_alter_user_username_opts','2026-11-28 21:22:56.582029');
INSERT INTO "django_migrations" VALUES(7,'auth','0005_alter_user_last_login_null','2026-11-28 21:22:56.594585');
INSERT INTO "django_migrations" VALUES(8,'auth','0006_require_contenttypes_0002','2026-11-28 21:22:56.595020');
INSERT INTO "django_migrations" VALUES(9,'auth','0007_alter_validators_add_error_messages','2026-11-28 21:22:56.602211');
INSERT INTO "django_migrations" VALUES(10,'auth','0008_alter_user_username_max_length','2026-11-28 21:22:56.612336');
INSERT INTO "django_migrations" VALUES(11,'auth','0009_alter_user_last_name_max_length','2026-11-28 21:22:56.614844');
INSERT INTO "django_migrations" VALUES(12,'auth','0010_alter_group_name_max_length','2026-11-28 21:22:56.636921');
INSERT INTO "django_migrations" VALUES(13,'auth','0011_update_proxy_permissions','2026-11-28 21:22:56.639556');
INSERT INTO "django_migrations" VALUES(14,'auth','0012_alter_user_first_name_max_length','2026-11-28 21:22:56.653677');
INSERT INTO "django_migrations" VALUES(15,'accounts','0001_initial','2026-11-28 21:22:56.787235');
INSERT INTO "django_migrations" VALUES(16,'account','0001_initial','2026-11-28 21:22:56.824146');
INSERT INTO "django_migrations" VALUES(17,'account','0002_email_max_length','2026-11-28 21:22:56.858333');
INSERT INTO "django_migrations" VALUES(18,'account','0003_alter_emailaddress_create_unique_verified_email','2026-11-28 21:22:56.893072');
INSERT INTO "django_migrations" VALUES(19,'account','0004_alter_emailaddress_drop_unique_email','2026-11-28 21:22:56.906881');
INSERT INTO "django_migrations" VALUES(20,'account','0005_emailaddress_idx_upper_email','2026-11-28 21:22:56.929162');
INSERT INTO "django_migrations" VALUES(21,'account','0006_emailaddress_lower','2026-11-28 21:22:56.948153');
INSERT INTO "django_migrations" VALUES(22,'account','0007_emailaddress_idx_email','2026-11-28 21:22:56.972348');
INSERT INTO "django_migrations" VALUES(23,'account','0008_emailaddress_unique_primary_email_fixup','2026-11-28 21:22:56.987262');
INSERT INTO "django_migrations" VALUES(24,'account','0009_emailaddress_unique_primary_email','2026-11-28 21:22:57.012668');
INSERT INTO "django_migrations" VALUES(25,'accounts','0002_github_id','2026-11-28 21:22:57.027323');
INSERT INTO "django_migrations" VALUES(26,'accounts','0003_own_server','2026-11-28 21:22:57.061263');
INSERT INTO "django_migrations" VALUES(27,'accounts','0004_own_server_sign_in','2026-11-28 21:22:57.165708');
INSERT INTO "django_migrations" VALUES(28,'admin','0001_initial','2026-11-28 21:22:57.173929');
INSERT INTO "django_migrations" VALUES(29,'admin','0002_logentry_remove_auto_add','2026-11-28 21:22:57.193336');
INSERT INTO "django_migrations" VALUES(30,'admin','0003_logentry_add_action_flag_choices','2026-11-28 21:22:57.233113');
INSERT INTO "django_migrations" VALUES(31,'guardian','0001_initial','2026-11-28 21:22:57.825830');
INSERT INTO "django_migrations" VALUES(32,'guardian','0002_generic_permissions_index','2026-11-28 21:22:57.926941');
INSERT INTO "django_migrations" VALUES(33,'guardian','0003_remove_groupobjectpermission_guardian_gr_content_ae6aec_idx_and_more','2026-11-28 21:22:58.182454');
INSERT INTO "django_migrations" VALUES(34,'hub','0001_initial','2026-11-28 21:22:58.247540');
INSERT INTO "django_migrations" VALUES(35,'mfa','0001_initial','2026-11-28 21:22:58.306369');
INSERT INTO "django_migrations" VALUES(36,'mfa','0002_authenticator_timestamps','2026-11-28 21:22:58.474333');
INSERT INTO "django_migrations" VALUES(37,'mfa','0003_authenticator_type_uniq','2026-11-28 21:22:58.640131');
INSERT INTO "django_migrations" VALUES(38,'models_registry','0001_initial','2026-11-28 21:23:00.881953');
INSERT INTO "django_migrations" VALUES(39,'models_registry','0002_groups','2026-11-28 21:23:01.204350');
INSERT INTO "django_migrations" VALUES(40,'models_registry','0003_outbox','2026-11-28 21:23:02.559440');
INSERT INTO "django_migrations" VALUES(41,'models_registry','0004_updates','2026-11-28 21:23:03.077098');
INSERT INTO "django_migrations" VALUES(42,'models_registry','0005_source_list_body','2026-11-28 21:23:03.643725');
INSERT INTO "django_migrations" VALUES(43,'models_registry','0006_list_revisions','2026-11-28 21:23:04.106239');
INSERT INTO "django_migrations" VALUES(44,'models_registry','0007_derived_by','2026-11-28 21:23:04.440979');
INSERT INTO "django_migrations" VALUES(45,'models_registry','0008_source_texts','2026-11-28 21:23:04.822688');
INSERT INTO "django_migrations" VALUES(46,'reviews','0001_initial','2026-11-28 21:23:06.791753');
INSERT INTO "django_migrations" VALUES(47,'reviews','0002_mail_taken_until','2026-11-28 21:23:06.885688');
INSERT INTO "django_migrations" VALUES(48,'sessions','0001_initial','2026-11-28 21:23:06.903421');
INSERT INTO "django_migrations" VALUES(49,'socialaccount','0001_initial','2026-11-28 21:23:07.117837');
INSERT INTO "django_migrations" VALUES(50,'socialaccount','0002_token_max_lengths','2026-11-28 21:23:07.257781');
INSERT INTO "django_migrations" VALUES(51,'socialaccount','0003_extra_data_default_dict','2026-11-28 21:23:07.297853');
INSERT INTO "django_migrations" VALUES(52,'socialaccount','0004_app_provider_id_settings','2026-11-28 21:23:07.346229');
INSERT INTO "django_migrations" VALUES(53,'socialaccount','0005_socialtoken_nullable_app','2026-11-28 21:23:07.390129');
INSERT INTO "django_migrations" VALUES(54,'socialaccount','0006_alter_socialaccount_extra_data','2026-11-28 21:23:07.417584');
INSERT INTO "django_migrations" VALUES(55,'usersessions','0001_initial','2026-11-28 21:23:07.478827');
CREATE TABLE "django_session" ("session_key" varchar(40) NOT NULL PRIMARY KEY, "session_data" text NOT NULL, "expire_date" datetime NOT NULL);
CREATE TABLE "guardian_groupobjectpermission" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "object_pk" varchar(255) NOT NULL, "content_type_id" integer NOT NULL REFERENCES "django_content_type" ("id") DEFERRABLE INITIALLY DEFERRED, "group_id" integer NOT NULL REFERENCES "auth_group" ("id") DEFERRABLE INITIALLY DEFERRED, "permission_id" integer NOT NULL REFERENCES "auth_permission" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "guardian_userobjectpermission" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "object_pk" varchar(255) NOT NULL, "content_type_id" integer NOT NULL REFERENCES "django_content_type" ("id") DEFERRABLE INITIALLY DEFERRED, "permission_id" integer NOT NULL REFERENCES "auth_permission" ("id") DEFERRABLE INITIALLY DEFERRED, "user_id" bigint NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "hub_auditentry" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "created_at" datetime NOT NULL, "tag" varchar(60) NOT NULL, "actor_name" varchar(150) NOT NULL, "target_type" varchar(80) NOT NULL, "target_id" varchar(40) NOT NULL, "target_label" varchar(300) NOT NULL, "data" text NOT NULL CHECK ((JSON_VALID("data") OR "data" IS NULL)), "ip_address" char(39) NULL, "channel" varchar(60) NOT NULL, "actor_id" bigint NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
INSERT INTO "hub_auditentry" VALUES(1,'2026-11-28 21:23:14.424262','registry:catalogue:import','','','','','{"source": "dir:/tmp/minicat", "added": ["llm/gpt-2", "llm/opt", "embedding/R3-embedding-0.6b", "embedding/text2vec-base-multilingual", "rerank/jina-reranker-v3.5", "rerank/R3-rerank-0.6b", "image/PaddleOCR-VL-1.6", "image/PaddleOCR-VL", "audio/Belle-whisper-large-v3-zh", "audio/Kokoro-82M-v1.1-zh", "video/CogVideoX-2b", "video/CogVideoX-5b", "world/HY-WorldPlay-5B", "world/Matrix-Game-3.0-5B"], "updated": [], "failed": []}',NULL,'import_catalogue',NULL);
INSERT INTO "hub_auditentry" VALUES(2,'2026-11-28 21:23:14.453066','registry:model:publish','ada','models_registry.registeredmodel','15','llm/ada-private','{"revision": 1, "before": null, "visibility": "private", "message": "Registered"}',NULL,'',2);
INSERT INTO "hub_auditentry" VALUES(3,'2026-11-28 21:23:14.472314','registry:model:propose','ada','models_registry.registeredmodel','16','llm/ada-public','{"revision": 1, "before": null, "visibility": "public", "message": "Registered"}',NULL,'',2);
INSERT INTO "hub_auditentry" VALUES(4,'2026-11-28 21:23:14.489876','reviews:comment:add','rita','models_registry.registeredmodel','16','llm/ada-public','{"revision": 1}',NULL,'',3);
INSERT INTO "hub_auditentry" VALUES(5,'2026-11-28 21:23:16.060124','reviews:proposal:request_changes','rita','models_registry.registeredmodel','16','llm/ada-public','{"revision": 1, "feedback": "Say how you measured it."}',NULL,'',3);
INSERT INTO "hub_auditentry" VALUES(6,'2026-11-28 21:23:16.180941','registry:model:propose','ada','models_registry.registeredmodel','17','image/ada-image','{"revision": 1, "before": null, "visibility": "public", "message": "Registered"}',NULL,'',2);
INSERT INTO "hub_auditentry" VALUES(7,'2026-11-28 21:23:16.246994','reviews:claim:take','rita','models_registry.registeredmodel','17','image/ada-image','{"revision": 1}',NULL,'',3);
INSERT INTO "hub_auditentry" VALUES(8,'2026-11-28 21:23:16.376121','registry:model:publish','root','models_registry.registeredmodel','1','llm/gpt-2','{"revision": 2, "before": 1, "visibility": "public", "message": ""}',NULL,'',1);
INSERT INTO "hub_auditentry" VALUES(9,'2026-11-28 21:23:16.671872','registry:model:expiry','root','models_registry.registeredmodel','8','image/PaddleOCR-VL','{"before": null, "after": "2036-11-25T21:23:16.670805+00:00"}',NULL,'',1);
INSERT INTO "hub_auditentry" VALUES(10,'2026-11-28 21:23:16.743869','accounts:token:create','ada','accounts.accesstoken','1','CI (xhub_Toke…0abc)','{"name": "CI", "scope": "write", "expires_at": null}',NULL,'',2);
CREATE TABLE "mfa_authenticator" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "type" varchar(20) NOT NULL, "data" text NOT NULL CHECK ((JSON_VALID("data") OR "data" IS NULL)), "user_id" bigint NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "created_at" datetime NOT NULL, "last_used_at" datetime NULL);
INSERT INTO "mfa_authenticator" VALUES(1,'totp','{"secret": "gAAAAABrC0ZEtzvzwRavJMjA-hfviLwo-6VA_sYx5pAa9sxyZN2SY7BCbsTmP__9JwKB50CbC-X7SL2iCDdPXVA1YmeODFug-NY6KtZd7fHCoiWWIKnbXxQ="}',3,'2026-11-28 21:23:16.968786',NULL);
CREATE TABLE "models_registry_cataloguelist" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "model_type" varchar(12) NOT NULL UNIQUE, "body" BLOB NOT NULL, "gzip_body" BLOB NOT NULL, "brotli_body" BLOB NOT NULL, "etag" varchar(64) NOT NULL, "record_count" integer unsigned NOT NULL CHECK ("record_count" >= 0), "model_count" integer unsigned NOT NULL CHECK ("model_count" >= 0), "left_out" text NOT NULL CHECK ((JSON_VALID("left_out") OR "left_out" IS NULL)), "fingerprint" varchar(64) NOT NULL, "valid_until" datetime NULL, "changed_at" datetime DEFAULT (STRFTIME('%Y-%m-%d %H:%M:%f', 'NOW')) NOT NULL, "last_revision" integer unsigned NOT NULL CHECK ("last_revision" >= 0), "pinned" integer unsigned NULL CHECK ("pinned" >= 0), "revision" integer unsigned NOT NULL CHECK ("revision" >= 0), "sha256" varchar(64) NOT NULL, "signature" BLOB NOT NULL);
INSERT INTO "models_registry_cataloguelist" VALUES(1,'audio',X'5B0A20207B0A202020202276657273696F6E223A20322C0A20202020226D6F64656C5F6E616D65223A202242656C6C652D776869737065722D6C617267652D76332D7A68222C0A20202020226D6F64656C5F66616D696C79223A202277686973706572222C0A20202020226D6F64656C5F6162696C697479223A205B0A20202020202022617564696F3274657874220A202020205D2C0A20202020226D756C74696C696E6775616C223A2066616C73652C0A20202020226D6F64656C5F737263223A207B0A2020202020202268756767696E6766616365223A207B0A2020202020202020226D6F64656C5F6964223A202242454C4C452D322F42656C6C652D776869737065722D6C617267652D76332D7A68222C0A2020202020202020226D6F64656C5F7265766973696F6E223A202233626562633732343736393662333966356162396564323264623432363934336163333366363030220A2020202020207D2C0A202020202020226D6F64656C73636F7065223A207B0A2020202020202020226D6F64656C5F6964223A2022586F72626974732F42656C6C652D776869737065722D6C617267652D76332D7A68222C0A2020202020202020226D6F64656C5F7265766973696F6E223A20226D6173746572220A2020202020207D0A202020207D2C0A2020202022757064617465645F6174223A20313738333931323332312C0A20202020226665617475726564223A2066616C73652C0A20202020227669727475616C656E76223A207B0A202020202020227061636B61676573223A205B0A2020202020202020227472616E73666F726D657273222C0A202020202020202022616363656C6572617465222C0A2020202020202020222373797374656D5F746F72636823222C0A2020202020202020222373797374656D5F6E756D707923220A2020202020205D0A202020207D0A20207D2C0A20207B0A202020202276657273696F6E223A20322C0A20202020226D6F64656C5F6E616D65223A20224B6F6B6F726F2D38324D2D76312E312D7A68222C0A20202020226D6F64656C5F66616D696C79223A20224B6F6B6F726F2D7A68222C0A20202020226D6F64656C5F6162696C697479223A205B0A202020202020227465787432617564696F222C0A202020202020227465787432617564696F5F7A65726F5F73686F74220A202020205D2C0A20202020226D756C74696C696E6775616C223A2066616C73652C0A20202020226D6F64656C5F737263223A207B0A2020202020202268756767696E6766616365223A207B0A2020202020202020226D6F64656C5F6964223A2022686578677261642F4B6F6B6F726F2D38324D2D76312E312D7A68220A2020202020207D2C0A202020202020226D6F64656C73636F7065223A207B0A2020202020202020226D6F64656C5F6964223A202241492D4D6F64656C53636F70652F4B6F6B6F726F2D38324D2D76312E312D7A68222C0A2020202020202020226D6F64656C5F7265766973696F6E223A20226D6173746572220A2020202020207D0A202020207D2C0A2020202022757064617465645F6174223A20313738333931323339322C0A20202020226665617475726564223A2066616C73652C0A20202020227669727475616C656E76223A207B0A202020202020227061636B61676573223A205B0A2020202020202020226B6F6B6F726F3E3D302E372E3135222C0A2020202020202020226D6973616B695B656E2C7A685D3E3D302E372E3135222C0A202020202020202022736F756E6466696C65222C0A2020202020202020222373797374656D5F746F72636823222C0A2020202020202020222373797374656D5F6E756D707923220A2020202020205D0A202020207D0A20207D0A5D0A',X'1F8B0800000000000203BD52C16EA33014BCF315885C4B124C9A944A5D6957EA61D5F6B4974A51841EF603AC188C6C439B54FBEF35042A52A5EDAA8AF6C0C1F3C6CF33C3AC1DD77DB19FEB7A0D2ACD65E95DBBE4E2801492A1884B28D082DE2F1402FDA79CEB0A952F4065E837A1BFCFBD237A0A0517BBF6424F3D1E43C20537ED7CDDC1760035E392187C365E076D860BB530965C663508CB4F41683CDAA515B5F8CBB027AFB3CCB253A03882DFD89C752E6EEFEF6F7D32FBCACDE8A2C286F7C9786182095D91C56A192D93304A2F21899011C2920559468B106818A6CBF9DCEB97FC1DB61D76692AAB4FC43D4A9570A3BF2BAE006D6CDEC3D3CE488057570C0CB2188C6506ABAB300A4848827E9A22985A217B1773C395B1E163D98C73AE806E21433DFA8716350A4A9D4A55D81A8D6502A52850D9C7C7E844EFACD6223652D17C726A52D645B59B0C6636CE60A933F48F95BD935BA9A47F451EFC2698069F74B567BE279C686BDB53D255F64DF5088BF7A864AC73F93FBA9CE373A680CD4ED8FC56FD7EFEF61FDAE39F9636FB30BC73B52F22E76BDFB613FBE3663E5D4D83CB23A15CC396AFB1BCD8E79B53042DEB92A55C9CAB9FCEC679052F14001556050000',X'1B550500E4FFEDE7774AE2F0AA5F26A269FB2688CD65E29A207FFEA04FF4CA1D16A955DC6B90B781469E8F263AB2E9141E87B3A9CBA525EE3C95E7821331425F08E3BB8531310C490183CF0D966BA9167541EE57A4A1160B159CADDB6FD42E78CEE1E044839B2526B8032811EA1D2A44F991C57D8910C2B2C7C3072030B6F863B4775C1CDC5FD05B6C4150D03E2FDAEF0429848050DE1E8D712B93EEA688B2D09C8CE452EDD1A81D401451D398043A7AC4DB28575C642195CDE4339CE6759AF1BC920092A720934F512628D599388EC6C6F87922BE31600D74507F5FEF400F0B5E56EAF1ABC8099E14DE937FECB09F24D91CCD274021D12020B949A69A78314CD4EAB4C86ED5AC23425867C326A8266AB777156442706AD8A825E13D0C9EFA7758EF84F5A4B5D571B9B97A01013F020A6A11B0FDD6E17ABEDEAD831C8C835312267825B43B95FA108B629503D8529E37F9EC5F7BE2FE06C3E68E67C3AACBFCD2B628D4C543D0AFF783318B9DA8EE1625F0173002FF240F173777F861A51C87D930493BFB51B76773F7A556FECDFE28619D191BE99A034675F48300','1fddecfbd56587e4ef1c5a9c0affd9ec',2,2,'[]','1267ffae2d5040a774865be4090fbea9b92e0c4ada4d0e5a6d6bed312243625b',NULL,'2026-11-28 21:23:14.358277',1,NULL,1,'1fddecfbd56587e4ef1c5a9c0affd9ecc08881fcedd547a5fa160bd1d1050f50',X'');
INSERT INTO "models_registry_cataloguelist" VALUES(2,'embedding',X'5B0A20207B0A202020202276657273696F6E223A20322C0A20202020226D6F64656C5F6E616D65223A202252332D656D62656464696E672D302E3662222C0A202020202264696D656E73696F6E73223A20313032342C0A20202020226D61785F746F6B656E73223A2033323736382C0A20202020226C616E6775616765223A205B0A20202020202022656E222C0A202020202020227A68220A202020205D2C0A20202020226D6F64656C5F7370656373223A205B0A2020202020207B0A2020202020202020226D6F64656C5F666F726D6174223A20227079746F726368222C0A2020202020202020226D6F64656C5F737263223A207B0A202020202020202020202268756767696E6766616365223A207B0A202020202020202020202020226D6F64656C5F6964223A202274656E63656E742F52332D656D62656464696E672D302E3662222C0A202020202020202020202020227175616E74697A6174696F6E73223A205B0A2020202020202020202020202020226E6F6E65220A2020202020202020202020205D0A202020202020202020207D2C0A20202020202020202020226D6F64656C73636F7065223A207B0A202020202020202020202020226D6F64656C5F6964223A202254656E63656E742D48756E7975616E2F52332D656D62656464696E672D302E3662222C0A202020202020202020202020227175616E74697A6174696F6E73223A205B0A2020202020202020202020202020226E6F6E65220A2020202020202020202020205D0A202020202020202020207D0A20202020202020207D0A2020202020207D0A202020205D2C0A2020202022757064617465645F6174223A20313738353737353931312C0A20202020226665617475726564223A2066616C73652C0A20202020227669727475616C656E76223A207B0A202020202020227061636B61676573223A205B0A2020202020202020222373656E74656E63655F7472616E73666F726D6572735F646570656E64656E6369657323203B2023656E67696E6523203D3D205C2273656E74656E63655F7472616E73666F726D6572735C22222C0A2020202020202020222373797374656D5F746F726368766973696F6E23203B2023656E67696E6523203D3D205C2273656E74656E63655F7472616E73666F726D6572735C22222C0A2020202020202020222373797374656D5F746F72636823203B2023656E67696E6523203D3D205C2273656E74656E63655F7472616E73666F726D6572735C22220A2020202020205D0A202020207D0A20207D2C0A20207B0A202020202276657273696F6E223A20322C0A20202020226D6F64656C5F6E616D65223A202274657874327665632D626173652D6D756C74696C696E6775616C222C0A202020202264696D656E73696F6E73223A203338342C0A20202020226D61785F746F6B656E73223A203235362C0A20202020226C616E6775616765223A205B0A202020202020227A68220A202020205D2C0A20202020226D6F64656C5F7370656373223A205B0A2020202020207B0A2020202020202020226D6F64656C5F666F726D6174223A20227079746F726368222C0A2020202020202020226D6F64656C5F737263223A207B0A202020202020202020202268756767696E6766616365223A207B0A202020202020202020202020226D6F64656C5F6964223A202273686962696E673632342F74657874327665632D626173652D6D756C74696C696E6775616C222C0A202020202020202020202020226D6F64656C5F7265766973696F6E223A202266323431383737333835666135366562636337356630346431383530653135373963666136363164222C0A202020202020202020202020227175616E74697A6174696F6E73223A205B0A2020202020202020202020202020226E6F6E65220A2020202020202020202020205D0A202020202020202020207D0A20202020202020207D0A2020202020207D0A202020205D2C0A2020202022757064617465645F6174223A20313738343534333832312C0A20202020226665617475726564223A2066616C73652C0A20202020227669727475616C656E76223A207B0A202020202020227061636B61676573223A205B0A2020202020202020222373656E74656E63655F7472616E73666F726D6572735F646570656E64656E6369657323203B2023656E67696E6523203D3D205C2273656E74656E63655F7472616E73666F726D6572735C22222C0A2020202020202020222373797374656D5F746F726368766973696F6E23203B2023656E67696E6523203D3D205C2273656E74656E63655F7472616E73666F726D6572735C22222C0A2020202020202020222373797374656D5F746F72636823203B2023656E67696E6523203D3D205C2273656E74656E63655F7472616E73666F726D6572735C22222C0A20202020202020202223766C6C6D5F646570656E64656E6369657323203B2023656E67696E6523203D3D205C22766C6C6D5C22222C0A2020202020202020222373797374656D5F6E756D707923203B2023656E67696E6523203D3D205C22766C6C6D5C22220A2020202020205D0A202020207D0A20207D0A5D0A',X'1F8B0800000000000203ED534D6F9C3010BDF32B90B99666F9309056B9E75CF5B65921630FAC156C0836289B28FFBD364B37B0DD741345517AE80161CFCC7B9EAFB7765CF7D17CAE8B06E8146F24FAE6865FF616D130A87349041823FA11F9200A608CCBCA5F7D4D0A3485312E405AA83261C12A8C7FC3C97DAE9B5B18ED519826D9E4A889AC7A5259D6F568313690139D393F6CD178DC2CF2502D5035833C4EFF4340D97482689B6ABBD34D47B707C6678E8E1AFF33D238B67D55998A4A42E1C8754071664935480A525FBCD48703E8AE2752F307A2A796AC176E13201B096861DCCC6E4F73BA7D068A36ED99EC7EEEB3F3AF7BB933EF7F7C96CEF1E96931B3BE654403CBC781046986D3145F06C1E42D81E8BE039B79496A059379E09DEE490D7298158B5A426FCDB62C93449E32E5DAA273DD11A9ECF0CD02E70C5A90CCD83928CFFDEE7A20CD78C173AFAEDC1B74127383E68BE2A99DD220F27183066EF7FAFD3CAF6770E6ADB62D1DD7E19512D570AFC301A85F1005BEE86BCD6B6EB5569FD46A949D946A8893BF08F5DF14A7DAF2C20426617C71B60947041DECA76C69CA300EB2348D325C129C4041698ACB55CC820CAF20C0E9252D499204EC93C514E338CAC2FF627A0BC350D7E24C4136E4F4BBB217EDEE45C09F9A7536CE2F40D76FF85A070000',X'1B590700E452A7BB9749F75E0105A5BD73AF9BCDF21B028A89F2FFDFCF331FC940F0DEB788E40CFA19B60A8DB2E9748C63196A83E9CCAD15A8D2B7D45DD3EDEC2551B65023E42C10028235F8249E515A7DBE4A7CD8050E0AFCF9263E0B244B9FE958AC80A6BC0E5890C84E885CBEA5A6C2BABAEF7126A2F3EE907C6129E4042A48C8B9A3814B63ACCBFED8A11CC502E7B9AB1159BE13C9A7C8816E9F5E836C5079389141269E34E4CE66AEEB56D54612AB764946DA325C0B265412D5648F856B777C135FAC3D9C5AA0B42B91753546A8D0C7258637A45D0BE28F0A34B4FEFF70F37756FB9C2B4D4DB52BE3DB6E76478B95A9516EB85C50CEE987EBB6705000B527CC7154391E44F3A8960E076176142A9A049DE3BE744E450728E230A64B95E8B2C551275F4427F1E53AF9F92111C80D44E02C7E9D1DBED48BA24BEBDB1A63A98462D0861B8795B8841A34A54DB84DDE82F255263E738AE4FD4580D1F983AFA37D11D6F5284B0F88A0F736366DD1AA9A79813D106220CEE71842FD2D575EE00ACE7D41AB9C322CA4E4B47282D215D44197F20F59E58CB925A19EB8010D7CE16D02944D96C7E3D9296C26E3DEE7A9F9D9ED4212BCCD6AB106','26fb32c96e4b5a96795b5703ce96c87d',2,2,'[]','e0ed5fc5a188703578593fe4f4e3130ea0aab8a04ac8853f583b3d8d5ee44a9f',NULL,'2026-11-28 21:23:14.363049',1,NULL,1,'26fb32c96e4b5a96795b5703ce96c87d2896d05fb453060eb06d1f4ffd687bc0',X'');
INSERT INTO "models_registry_cataloguelist" VALUES(3,'image',X'5B0A20207B0A202020202276657273696F6E223A20322C0A20202020226D6F64656C5F6E616D65223A2022506164646C654F43522D564C222C0A20202020226D6F64656C5F66616D696C79223A20226F6372222C0A20202020226D6F64656C5F6162696C697479223A205B0A202020202020226F6372220A202020205D2C0A20202020227669727475616C656E76223A207B0A202020202020227061636B61676573223A205B0A20202020202020202270696C6C6F773D3D31312E332E30222C0A2020202020202020227472616E73666F726D6572733D3D342E35352E30222C0A2020202020202020222373797374656D5F6E756D707923222C0A2020202020202020222373797374656D5F746F72636823220A2020202020205D0A202020207D2C0A20202020226D6F64656C5F737263223A207B0A2020202020202268756767696E6766616365223A207B0A2020202020202020226D6F64656C5F6964223A2022506164646C65506164646C652F506164646C654F43522D564C222C0A2020202020202020226D6F64656C5F7265766973696F6E223A20226D61696E220A2020202020207D2C0A202020202020226D6F64656C73636F7065223A207B0A2020202020202020226D6F64656C5F6964223A2022506164646C65506164646C652F506164646C654F43522D564C222C0A2020202020202020226D6F64656C5F7265766973696F6E223A20226D6173746572220A2020202020207D0A202020207D2C0A2020202022757064617465645F6174223A20313736363338373633322C0A20202020226665617475726564223A2066616C73650A20207D2C0A20207B0A202020202276657273696F6E223A20322C0A20202020226D6F64656C5F6E616D65223A2022506164646C654F43522D564C2D312E36222C0A20202020226D6F64656C5F66616D696C79223A20226F6372222C0A20202020226D6F64656C5F6162696C697479223A205B0A202020202020226F6372220A202020205D2C0A20202020227669727475616C656E76223A207B0A202020202020227061636B61676573223A205B0A20202020202020202270696C6C6F773D3D31312E332E30222C0A2020202020202020227472616E73666F726D6572733D3D342E35352E30222C0A2020202020202020222373797374656D5F6E756D707923222C0A2020202020202020222373797374656D5F746F72636823220A2020202020205D0A202020207D2C0A20202020226D6F64656C5F737263223A207B0A2020202020202268756767696E6766616365223A207B0A2020202020202020226D6F64656C5F6964223A2022506164646C65506164646C652F506164646C654F43522D564C2D312E36222C0A2020202020202020226D6F64656C5F7265766973696F6E223A20226D61696E220A2020202020207D2C0A202020202020226D6F64656C73636F7065223A207B0A2020202020202020226D6F64656C5F6964223A2022506164646C65506164646C652F506164646C654F43522D564C2D312E36222C0A2020202020202020226D6F64656C5F7265766973696F6E223A20226D6173746572220A2020202020207D0A202020207D2C0A20202020226665617475726564223A20747275652C0A2020202022757064617465645F6174223A20313738313531323034360A20207D0A5D0A',X'1F8B0800000000000203ED924D6B83401086EFFE0AD16B63638C26143CF55A68E9A1972032D5D12CDD0FD95D2D12F2DFEB67AA60A0B4B4A71ED465DE677877C6F76098E6A9794CD3AA502A22B875676E6EFA0A1329D29803C3A6683D419A527CBC7F5EBD3C583322034668DD32229173095E0925BAD50E5DD9EC99EE1C0D6445A42E8122AF1AEC346205246F90A39AB4B65542A9780F43D7753C673D78758A96C05526246BC608C3ADE3FB73DD56B5D2C8625EB2A2B697142D6472B4AD4188BAEF79368D92C9F48AC732CF09CF33487052BED024FD5C5BFFBE5DD8E1A4416245865F6031207CBCCA79247B4E25A2F80DC36609F262399BBE2C52D098C6A01BD2DD0581B7DF05DE18930C4197125BF30CA8426368FC46AE56AE13FC67EBE7D99AECF1EFF2F515D3EB199BA448CB129793B7777D77B3DE066DC48CC8F80098BC7D11BE040000',X'1BBD040064732E5FA372A91DA29A457A401C381DD8C40782EFFB7F745FEF6B8966790EA9A50967736D2DCCFABAE086C2D1CF057604E0AB002030460B24E66DB43FCEE6BBBC40CF87188F67B3DD3CF252B6F4D10AF509F707C7E9458D651B6A4CA762E14484EB5B639F1F617E78DCC017AF89291CD6BC5FEF76C7A7EB8A222773823F448B5416B283E795F9E5EABA0AA7AA362C5DF5B3C3C37D7F7AD3237F3B5EA62B8AC2F4C7FBFF15DD5D2FD3692657F7E5727D58E677AA221037EB59E8D0D1313E8E53105E513014FD3F0666C4FFADD10B61E7B739F5AEB7F9A5CF2380B2C6980DC7B73614754D930D5D93A982F1199E0052061C016F9A5B7F3F2B721ABFA6B1FC0DE0D8DA8E57E4D99449C88EAF15D85733445594044513F34FFA04','bfb3e7b78b45e884caeb4bd865146740',2,2,'[]','c7e2d3d2ae395ca1f5b86a02799b15c4a25efde24080c72bd0d0ff4fc693e36e','2036-11-25 21:23:16.670805','2026-11-28 21:23:14.367109',1,NULL,1,'bfb3e7b78b45e884caeb4bd86514674054f153374b3494274b6605f497e45ee3',X'');
INSERT INTO "models_registry_cataloguelist" VALUES(4,'llm',X'5B0A20207B0A202020202276657273696F6E223A20322C0A2020202022636F6E746578745F6C656E677468223A20313032342C0A20202020226D6F64656C5F6E616D65223A20226770742D32222C0A20202020226D6F64656C5F6C616E67223A205B0A20202020202022656E220A202020205D2C0A20202020226D6F64656C5F6162696C697479223A205B0A2020202020202267656E6572617465220A202020205D2C0A20202020226D6F64656C5F6465736372697074696F6E223A2022456469746564206265666F72652074686520757067726164652E222C0A20202020226D6F64656C5F7370656373223A205B0A2020202020207B0A2020202020202020226D6F64656C5F666F726D6174223A20227079746F726368222C0A2020202020202020226D6F64656C5F73697A655F696E5F62696C6C696F6E73223A2022315F35222C0A2020202020202020226D6F64656C5F737263223A207B0A202020202020202020202268756767696E6766616365223A207B0A202020202020202020202020227175616E74697A6174696F6E73223A205B0A2020202020202020202020202020226E6F6E65220A2020202020202020202020205D2C0A202020202020202020202020226D6F64656C5F6964223A20226F70656E61692D636F6D6D756E6974792F67707432222C0A202020202020202020202020226D6F64656C5F7265766973696F6E223A202236303761333064373833646661363633636166333965303636333337323163386434636663643765220A202020202020202020207D0A20202020202020207D0A2020202020207D0A202020205D2C0A2020202022757064617465645F6174223A20313739353930303939362C0A20202020226665617475726564223A2066616C73652C0A202020202261726368697465637475726573223A205B0A20202020202022475054324C4D486561644D6F64656C220A202020205D2C0A20202020226D6F64656C5F74797065223A202267707432222C0A20202020227669727475616C656E76223A207B0A202020202020227061636B61676573223A205B0A202020202020202022237472616E73666F726D6572735F646570656E64656E6369657323203B2023656E67696E6523203D3D205C225472616E73666F726D6572735C22222C0A20202020202020202223766C6C6D5F646570656E64656E6369657323203B2023656E67696E6523203D3D205C22766C6C6D5C22222C0A2020202020202020222373797374656D5F6E756D707923203B2023656E67696E6523203D3D205C22766C6C6D5C22220A2020202020205D0A202020207D0A20207D2C0A20207B0A202020202276657273696F6E223A20322C0A2020202022636F6E746578745F6C656E677468223A20323034382C0A20202020226D6F64656C5F6E616D65223A20226F7074222C0A20202020226D6F64656C5F6C616E67223A205B0A20202020202022656E220A202020205D2C0A20202020226D6F64656C5F6162696C697479223A205B0A2020202020202267656E6572617465220A202020205D2C0A20202020226D6F64656C5F6465736372697074696F6E223A20224F707420697320616E206F70656E2D736F757263652C206465636F6465722D6F6E6C792C205472616E73666F726D6572206261736564204C4C4D2074686174207761732064657369676E656420746F207265706C6963617465204750542D332E222C0A20202020226D6F64656C5F7370656373223A205B0A2020202020207B0A2020202020202020226D6F64656C5F666F726D6174223A20227079746F726368222C0A2020202020202020226D6F64656C5F73697A655F696E5F62696C6C696F6E73223A20312C0A2020202020202020226D6F64656C5F737263223A207B0A202020202020202020202268756767696E6766616365223A207B0A202020202020202020202020227175616E74697A6174696F6E73223A205B0A2020202020202020202020202020226E6F6E65220A2020202020202020202020205D2C0A202020202020202020202020226D6F64656C5F6964223A202266616365626F6F6B2F6F70742D3132356D222C0A202020202020202020202020226D6F64656C5F7265766973696F6E223A202233643262356632373562646638383262383737356639303265316266646237393065326366633332222C0A202020202020202020202020226D6F64656C5F6D65746164617461223A207B0A202020202020202020202020202022766F6361625F73697A65223A2035303237322C0A2020202020202020202020202020226E756D5F617474656E74696F6E5F6865616473223A2031322C0A202020202020202020202020202022636F6E6669675F736F75726365223A202268747470733A2F2F68756767696E67666163652E636F2F66616365626F6F6B2F6F70742D3132356D2F7265736F6C76652F336432623566323735626466383832623837373566393032653162666462373930653263666333322F636F6E6669672E6A736F6E222C0A202020202020202020202020202022636F6E6669675F736861323536223A202235343136326339636430333737313130646631383539646661626562623130366663303938386338616164623838323037636531656530643334393835646636222C0A20202020202020202020202020202268696464656E5F73697A65223A203736382C0A202020202020202020202020202022696E7465726D6564696174655F73697A65223A20333037322C0A2020202020202020202020202020226E756D5F68696464656E5F6C6179657273223A2031320A2020202020202020202020207D0A202020202020202020207D0A20202020202020207D0A2020202020207D0A202020205D2C0A2020202022757064617465645F6174223A20313736393431383437372C0A20202020226665617475726564223A2066616C73652C0A202020202261726368697465637475726573223A205B0A202020202020224F5054466F7243617573616C4C4D220A202020205D2C0A20202020226D6F64656C5F74797065223A20226F7074222C0A20202020227669727475616C656E76223A207B0A202020202020227061636B61676573223A205B0A202020202020202022237472616E73666F726D6572735F646570656E64656E6369657323203B2023656E67696E6523203D3D205C225472616E73666F726D6572735C22222C0A20202020202020202223766C6C6D5F646570656E64656E6369657323203B2023656E67696E6523203D3D205C22766C6C6D5C22222C0A2020202020202020222373797374656D5F6E756D707923203B2023656E67696E6523203D3D205C22766C6C6D5C22220A2020202020205D0A202020207D0A20207D0A5D0A',X'1F8B0800000000000203DD544D8FDB3610BDFB5710F2D55E4B94F59522A7A21F875D2487BD6D16C2881CC96C24521529B74EB0FF3D235B4EA5B5B7F9380445173056E03C72868FEFBD8705631FE9C798B7C7CE2AA3BD578CAF4E2BC268877FBBBC465DB91D15029F6FC75A6324D6B9860669DDAB5AB7E6DEAC5483AEA8F4705CA355D4DEF1F371868242D5CA1DA6C00A3576E0F01A5CA2159D6ADD694EEF17A91C4A5660693A646E87AC6FAB0E24DECC67B12D0A3BE9F171FCFF1940FB1B70C391EDC1994EECC6FDD333D407CC95CE69E09ADA0FC779411E5D0176826AFFB4A0C2AEAF2AA5AB12043E2B51F1CF1EB4531FC08DA73ECCCA04D0468F649CFF1E57F3234E8D951C66322D6A506B619AA6D744ED86DE867B573774B857E3937BB19F40E8CB240D6509711C0A28C30C7DFA0A131E88546E452964321BE469F1FCEB69F6667D2BE91D657E643648B228F3FD2C8BC76A89E0FA0E87A14BA82D8ECB40ECD3AB8AA136A5C3FBEDED3DBFBDFB1D41DE0DD35F93873BB467397E56E35E75AE0792F07E42BDD782780F15CEF9F696AE036D07319017486C44A5442D14DA25FB892DC9064AE392BD7ECDDE79F713E83B6F2A83E5BEAE9B2FEC1E20CF76D98375D8E4BA6FDAC38B1B46FCE3E2CCF6D3EA9B1CCCFD6D7AD5C1A6753FDEBF6F5AC79465A0D9A0DAB5357D2770C5240A42776BA3EBC38A4D88660558F2FBEDED1D991D1CFB0B2C81ADAA34AD3AC33A6C6B25A83723B1ACC31F9302C17F2D0186268531EF37F4A6EB8047CD97DD1F4A5E44254FA2429669CA8B3449A232F3390645298B24F39193FDC31772A44107E474B8B8D9A04923A038D246D5C8E7095F5DDCAE6F28221CEAE1FEF98E0C7EA4F512486A2E55959F64328CBD73AEB5AF369B09BB37C26C2E08D85094987A8F9BAFBDE7E6D4EAE60F4BFCBC38C70E78140F7344DB20E62213D20F9324087C590669945190165814811F97C2CFD254A400B2A0B67E223040F465B8CDD24896F1658B9D92941D67DE9238BD4028723679422A92FB1917FA2FD03B1E57C38122E248EE0CF5F4FDA11E67DB20DD26C97786FA9BB7F7BF9AEE67E82DD4B777FF96E99380FABF47FAE271F1097485939298090000',X'1B970900E44F9DFE9E657AF7B292000B53FB11B6824F969E1385ACB3E596FFFF7BF5C43E69A21A829C7F47C6DE141AABEF873A27AD6D737B8BB8C00AD453A29E5A41AD8B78CE2CA3B393FA6606F01A03408D553C03B1D83AE076EFA34FB531328C67C0A5BCBF72EC131D70F64A3C03DC94BA149801A055969BED7219A113AE0EBE53C9D420D44CE7C3921620C6EC904B756B1B7E48B95202480FBC6147CF54303AC4CA3DDBC74271CC6DAFCB064518F2C7156ADE81E5B9F643DC9A2198539B5FA8C9A78654C2B93F19B916F2462B5E3E443CB3462E6BB7D366934F1B4250DA2D977C0B7D9EFCC20382430D0506C3198C3BA6B85B184396BB72CACC88E14F1CF232F6C7E374CAF579BD2955A0263D0783D6AF6A980D9225EB64EA823132864E7A62C64869058F2EA9D8C5641D33E5FB6C6DF03BDE88D83CA981EE13DC7AED19F3DEA86036008723F7F02EFD71FEC395E27E0124F7E2A7DFFFC5F71F9F29A41F3EE84B22186E8B49D290F18BDB423A3D80DF8E125784B907E7E21908A240C3D8847A6A8F99C6399CC35C1E9C3A87CB4BB8C5FFCA27DD22291C64FE70381C4D00654A3A892B0FAD394DC7F2AC8933FFDD0CE273F7BEE062ED822927F53FACB8E757A990470827A0DCFAE5D84F43A405C420A0DCC352524D5C00B01D70868795DFBFFF8073BAC4C30821CC262738E3F7FFA01C720C95E0D3EFFF4B2909FE142E05C0220CE67595EBBED42517FA28016E9149B4BA1356B7D14B9D13ADB356779E09E26D975AEB19897C24529660003F0C11A9EC3BB91CF03C0B1074E7C733D04C58B1E813D3B179E1E23B0644D0F6514CAFD1D68654C0E9E96DADE50DDD4008AFBE8AFD1A08D7653DD0D81F1E68ED57EBDA3AF3EA8DD7C8D02D9A6D10DA3C572B6E44F43131692DE72C75DC699F22A9FD165ACE4C1799772EBA1052EB9C6036122762492AEF74EA8C35F4D6400FBBA5AD7185FE6C20F83AEEAFA476269281988DC43720D489F138BD0B769D305E71A7AC957E7DE48FFD7015A6311CBEFFC8060AA95F4D139EDDCD00','1f4b885e7fa3a5eab45f2601f62eafda',2,2,'[]','5c59a488ee5dbc65582ccad6b5b64882e0a5809d32715b6def8d1d01e7f03e0b',NULL,'2026-11-28 21:23:16.295670',2,NULL,2,'1f4b885e7fa3a5eab45f2601f62eafda13f130c624afb09acf50a92c44e67af9',X'');
INSERT INTO "models_registry_cataloguelist" VALUES(5,'rerank',X'5B0A20207B0A202020202276657273696F6E223A20322C0A20202020226D6F64656C5F6E616D65223A20226A696E612D726572616E6B65722D76332E35222C0A202020202274797065223A20226E6F726D616C222C0A20202020226C616E6775616765223A205B0A20202020202022656E222C0A202020202020227A68222C0A202020202020226D756C74696C696E6775616C220A202020205D2C0A20202020226D61785F746F6B656E73223A203133313037322C0A20202020226D6F64656C5F7370656373223A205B0A2020202020207B0A2020202020202020226D6F64656C5F666F726D6174223A20227079746F726368222C0A2020202020202020226D6F64656C5F737263223A207B0A202020202020202020202268756767696E6766616365223A207B0A202020202020202020202020226D6F64656C5F6964223A20226A696E6161692F6A696E612D726572616E6B65722D76332E35222C0A202020202020202020202020227175616E74697A6174696F6E73223A205B0A2020202020202020202020202020226E6F6E65220A2020202020202020202020205D0A202020202020202020207D2C0A20202020202020202020226D6F64656C73636F7065223A207B0A202020202020202020202020226D6F64656C5F6964223A20226A696E6161692F6A696E612D726572616E6B65722D76332E35222C0A202020202020202020202020227175616E74697A6174696F6E73223A205B0A2020202020202020202020202020226E6F6E65220A2020202020202020202020205D0A202020202020202020207D0A20202020202020207D0A2020202020207D0A202020205D2C0A2020202022757064617465645F6174223A20313738353831373132312C0A20202020226665617475726564223A20747275652C0A20202020227669727475616C656E76223A207B0A202020202020227061636B61676573223A205B0A2020202020202020222373656E74656E63655F7472616E73666F726D6572735F646570656E64656E6369657323203B2023656E67696E6523203D3D205C2273656E74656E63655F7472616E73666F726D6572735C22222C0A2020202020202020222373797374656D5F746F726368766973696F6E23203B2023656E67696E6523203D3D205C2273656E74656E63655F7472616E73666F726D6572735C22222C0A2020202020202020222373797374656D5F746F72636823203B2023656E67696E6523203D3D205C2273656E74656E63655F7472616E73666F726D6572735C22220A2020202020205D0A202020207D0A20207D2C0A20207B0A202020202276657273696F6E223A20322C0A20202020226D6F64656C5F6E616D65223A202252332D726572616E6B2D302E3662222C0A202020202274797065223A20226E6F726D616C222C0A20202020226C616E6775616765223A205B0A20202020202022656E222C0A202020202020227A68220A202020205D2C0A20202020226D61785F746F6B656E73223A2034303936302C0A20202020226D6F64656C5F7370656373223A205B0A2020202020207B0A2020202020202020226D6F64656C5F666F726D6174223A20227079746F726368222C0A2020202020202020226D6F64656C5F737263223A207B0A202020202020202020202268756767696E6766616365223A207B0A202020202020202020202020226D6F64656C5F6964223A202274656E63656E742F52332D726572616E6B2D302E3662222C0A202020202020202020202020227175616E74697A6174696F6E73223A205B0A2020202020202020202020202020226E6F6E65220A2020202020202020202020205D0A202020202020202020207D2C0A20202020202020202020226D6F64656C73636F7065223A207B0A202020202020202020202020226D6F64656C5F6964223A202254656E63656E742D48756E7975616E2F52332D726572616E6B2D302E3662222C0A202020202020202020202020227175616E74697A6174696F6E73223A205B0A2020202020202020202020202020226E6F6E65220A2020202020202020202020205D0A202020202020202020207D0A20202020202020207D0A2020202020207D0A202020205D2C0A2020202022757064617465645F6174223A20313738353737353938362C0A20202020226665617475726564223A2066616C73652C0A20202020227669727475616C656E76223A207B0A202020202020227061636B61676573223A205B0A2020202020202020222373656E74656E63655F7472616E73666F726D6572735F646570656E64656E6369657323203B2023656E67696E6523203D3D205C2273656E74656E63655F7472616E73666F726D6572735C22222C0A2020202020202020222373797374656D5F746F726368766973696F6E23203B2023656E67696E6523203D3D205C2273656E74656E63655F7472616E73666F726D6572735C22222C0A2020202020202020222373797374656D5F746F72636823203B2023656E67696E6523203D3D205C2273656E74656E63655F7472616E73666F726D6572735C22220A2020202020205D0A202020207D0A20207D0A5D0A',X'1F8B0800000000000203ED534D6F824010BDF32B36CBB52A68156DE3BDE7A63735640BA36E8581EE2EA468FCEF5D1005AC3636A6A9871E08CB9B8F7DBC99373108D9E887109A82903C42FA40BA773B248C7C085C64216890BE71642D0182E10A442BEDB5FBB4CC53595C6460244216ECD180E122618B3C3229108D0196517D5E2FAB7398048A073C2F086801CEF61CD887ABA215A0D47DEC9E6D394D7632064FD6AED894EF43C23C27A5727A71A622E155B7563D84A7E355A50E2C93C542D399330F8E42872AEEEF5561BC73569C43D17BC250F135535AE33AE143024608B401CE6A5FDB7ABB1D03E945F1ADB0338E4FDBC61493D8670A7CB71884ED0CFB43DBB1BB76199D035389809CB112099468CA85D2EB0098D6FE91C6CC5BE9A56A72A4A60454801EB84AFFA4CC67AEB7D9F52106F435CE419AE49198807AAA6092F1984CE9C99A29ADEF872933A920748BC54979EE8FEBFB5CDEC1A82B9D2B5A6CC1857E7DEE95236F59EDC1EBD55E3DEFCA7B6B34B06ECA948598A83A2725F85B47BEECA8B59E12CCF4FDBF4CF1A7B6749CFE6838F86ACB390BE4BF2FBFF1A531333E013D4C20284B070000',X'1B4A0700E4724E1FA3FE3EB6887E7A3757E4B43C9EB8263FE13B3F505452343DFF2A69B33CAF021EE00021CC06349B6B5B2B5DDF14D00B387BF9080C08C0D70740C3121D50B8DE629ACB6A8C0B7CBF847DC7327EABB68C0DD5C65FAAA0A32EBA5D06D1C2A62124C41C013A101C70D52BA601D7994FDB46A3D9F6C3F36E36A2408870B8D92B8937B0EF91555932116EEF4B55ECD3F0DF675289A9813107C42BCBFB98B762E6B671E4AD286DD670ADB667D374AC095D3731696974A56736CB3AD141A421FEA77C6AF749F50ED0644177DB4CA2603CEA99F80F89A140B3F413209C4A5A93FF486269A79649309EC8A6A55BB2292BB2064E080435BAD90797E05FA5C58A5DEF29E052D989D3404A7836596091B827D5B627FB96EA4557ED145CA08C7E9C82EF4388767321E60847A9C226C9A35C1D47463CD690469920DE46BC8A66C23038ABDFD572595E128CBCF4C9CCDFA149B6219DA843D7B343740369F57EACE41EF0FE327F3BD9FBCC18CCA152138269EAB665A09FB7AFF572484400','a65be942404e7a6e71f52266fe1456a1',2,2,'[]','918841be7bf0770a12a18d875dcce7636650cfd8bd13f3b7fc8bbd97cddea410',NULL,'2026-11-28 21:23:14.393988',1,NULL,1,'a65be942404e7a6e71f52266fe1456a11e5d2657e680ae7c730ba21af10835fb',X'');
INSERT INTO "models_registry_cataloguelist" VALUES(6,'video',X'5B0A20207B0A202020202276657273696F6E223A20322C0A20202020226D6F64656C5F6E616D65223A2022436F67566964656F582D3262222C0A20202020226D6F64656C5F66616D696C79223A2022436F67566964656F58222C0A2020202022656E67696E65223A2022646966667573657273222C0A20202020226D6F64656C5F666F726D6174223A2022646966667573657273222C0A20202020226D6F64656C5F6162696C697479223A205B0A202020202020227465787432766964656F220A202020205D2C0A202020202264656661756C745F6D6F64656C5F636F6E666967223A207B0A202020202020227363686564756C6572223A2022436F67566964656F584444494D5363686564756C6572222C0A20202020202022746F7263685F6474797065223A2022666C6F61743136220A202020207D2C0A202020202264656661756C745F67656E65726174655F636F6E666967223A207B0A2020202020202267756964616E63655F7363616C65223A20360A202020207D2C0A20202020227669727475616C656E76223A207B0A202020202020227061636B61676573223A205B0A2020202020202020226469666675736572733E3D302E33332E30203B2023656E67696E6523203D3D205C226469666675736572735C22222C0A20202020202020202266746679222C0A202020202020202022696D616765696F2D66666D706567222C0A202020202020202022696D616765696F222C0A2020202020202020222373797374656D5F6E756D707923220A2020202020205D0A202020207D2C0A20202020226D6F64656C5F737263223A207B0A2020202020202268756767696E6766616365223A207B0A2020202020202020226D6F64656C5F6964223A2022544855444D2F436F67566964656F582D3262222C0A2020202020202020226D6F64656C5F7265766973696F6E223A202234626266623164653632326238306263316237376236653961636564373566383136626530653338220A2020202020207D2C0A202020202020226D6F64656C73636F7065223A207B0A2020202020202020226D6F64656C5F6964223A20225A6869707541492F436F67566964656F582D3262222C0A2020202020202020226D6F64656C5F7265766973696F6E223A20226D6173746572220A2020202020207D0A202020207D2C0A2020202022757064617465645F6174223A20313738333931313335342C0A20202020226665617475726564223A2066616C73650A20207D2C0A20207B0A202020202276657273696F6E223A20322C0A20202020226D6F64656C5F6E616D65223A2022436F67566964656F582D3562222C0A20202020226D6F64656C5F66616D696C79223A2022436F67566964656F58222C0A2020202022656E67696E65223A2022646966667573657273222C0A20202020226D6F64656C5F666F726D6174223A2022646966667573657273222C0A20202020226D6F64656C5F6162696C697479223A205B0A202020202020227465787432766964656F220A202020205D2C0A202020202264656661756C745F6D6F64656C5F636F6E666967223A207B0A202020202020227363686564756C6572223A2022436F67566964656F5844504D5363686564756C6572222C0A20202020202022746F7263685F6474797065223A202262666C6F61743136220A202020207D2C0A202020202264656661756C745F67656E65726174655F636F6E666967223A207B0A2020202020202267756964616E63655F7363616C65223A20370A202020207D2C0A20202020227669727475616C656E76223A207B0A202020202020227061636B61676573223A205B0A2020202020202020226469666675736572733E3D302E33332E30203B2023656E67696E6523203D3D205C226469666675736572735C22222C0A20202020202020202266746679222C0A202020202020202022696D616765696F2D66666D706567222C0A202020202020202022696D616765696F222C0A2020202020202020222373797374656D5F6E756D707923220A2020202020205D0A202020207D2C0A20202020226D6F64656C5F737263223A207B0A2020202020202268756767696E6766616365223A207B0A2020202020202020226D6F64656C5F6964223A2022544855444D2F436F67566964656F582D3562222C0A2020202020202020226D6F64656C5F7265766973696F6E223A202238643665613366383137343338343630623235353935613132306631303962383864356664666164220A2020202020207D2C0A202020202020226D6F64656C73636F7065223A207B0A2020202020202020226D6F64656C5F6964223A20225A6869707541492F436F67566964656F582D3562222C0A2020202020202020226D6F64656C5F7265766973696F6E223A20226D6173746572220A2020202020207D0A202020207D2C0A2020202022757064617465645F6174223A20313738333931313935342C0A20202020226665617475726564223A2066616C73650A20207D0A5D0A',X'1F8B0800000000000203ED53C98ADB4010BDFB2B1AF93A33D1626D090E84F890390C04B210326344B7BA5A6EA28D5E44C430FF9ED662451A8C93019F420E3A74D57BF5AA4AF5EE57083D9A0F21AB012179555AAF917B35448A8A429E94B80013B4DE57D9574EA1FA76ED126B8160B8E079BBC01C015066BCECE99433A6A5D178C6AD4481D51900263CE7AAAB7EDF874D42C14FE5369D8ED587F6238102C33A57C9404CAB92F1CCF01E8F3C991E80EA1CC4A2D5DDEEF6EED394B99A442A911E12AADABA6F9FE515564E30083E3D13CCA00481159CD0CC34A7B84C219129CEBB4AC1A242C385D226513673528DD31F3803391B1ACD16F4766BDF78DE8D8DDEA0F5B0E035DA6ED1C36FC483350D62884CB176FEE68529CEAB6BC68A1AB2139979682D5BA9A0484A5DD4EDDA1A13FBC514C3C2A548E7431C74665ACB184E61169ED09C766BFDFCE1CBEEEED589D39A2105347CBC4C6B4308230E85C075496493D421614802888D080D7D163901011BBCE8D8E7D3F43FFB5A32ADEA33DD7C3FF05ABFBB7D413F0536CB1193DA622BBAA6E62668D29FB713465EEC389EBF19B30CB0D2023A5D867309AB91F86237FAFF961B3FFE8519C9C5DC18FE77E31937FA7FB8FE8806803DE3BA70E3459BC026AEEFC73E765C9B39764CA288FA8C324C2FE546FFC26E8CCFBA71B55FFD0243521BBD1F070000',X'1B1E0700645EBD7EEF32E5A5AB2E503FCCF8CC896B824D7CA4A5F05145C348CE3C7F7C5F448ACE7C6C2522B3B9A6CD66F6A88F742108FC5CCBFF9500B0720080C018AC00CE7AA39D9EF3ED7901DA8BF0A8175F1BCEF7DE736CE05330CFD28A1EB00A4172C4354210B61CBEDFDEB0A3C71B622FC04E7D91801A1DFBF9188F9F82DDCC0F089189FE03C3330A14DF0A5BBFD13A1C6EF2F8F8E2E689CA658CB27A435BFF734B814008FC0D0B1971A68136886B76F20D5A9811D55DEBFF6CC80B2BC0DF82845E97EF4E81683C2816BC1928E9EEEE4EAD20A4A8812D902A794C0A7676C077D3BEA13040F5847158F4217F9FB65BA39787D0E9FB482DB9E9D45A72FEBA934E7F91C2B3F5471258E9AED1D01E99F5498C8D6EB4FE621286101AAECC069FCF5F8E6F4AF32ABED0400362CE50638241CE739C9F9235639111C270AFB4F54EB0201137BEE6891C2BB79953E87D90635739A2E5FAAC37FA93838B0A7B12C6B15433B0AF49EECFC41F2021894288305A902800F28682079380EBEB913F044BBDDE97F730F97715291CF637211DF79A0489042592F29AC18C29A611AE055453464AC7820BDAA57762297465263F09','68ff20bd735e440a7afff97def405ee1',2,2,'[]','b82791eb20b35710fdd2fcf245a83788f40e8998b5441566eb9749e82edbf776',NULL,'2026-11-28 21:23:14.410510',1,NULL,1,'68ff20bd735e440a7afff97def405ee1d0a8f3e6c72bc7d842b534352bfc6b39',X'');
INSERT INTO "models_registry_cataloguelist" VALUES(7,'world',X'5B0A20207B0A202020202276657273696F6E223A20312C0A20202020226D6F64656C5F6E616D65223A202248592D576F726C64506C61792D3542222C0A20202020226D6F64656C5F66616D696C79223A202248592D576F726C64506C6179222C0A20202020226D6F64656C5F6465736372697074696F6E223A202241203542206175746F7265677265737369766520776F726C64206D6F64656C2066726F6D2054656E63656E742048756E7975616E20666F72206C6F6E672D686F72697A6F6E20696E74657261637469766520766964656F2067656E65726174696F6E2E222C0A20202020226D6F64656C5F666F726D6174223A20227079746F726368222C0A20202020226D6F64656C5F6162696C697479223A205B0A202020202020227465787432776F726C64222C0A20202020202022696D61676532776F726C64220A202020205D2C0A202020202264656661756C745F6D6F64656C5F636F6E666967223A207B7D2C0A202020202264656661756C745F67656E65726174655F636F6E666967223A207B0A202020202020226E756D5F6672616D6573223A203936312C0A202020202020226E756D5F696E666572656E63655F7374657073223A2035302C0A20202020202022706F7365223A2022772D3136222C0A202020202020226E756D5F6368756E6B223A20342C0A20202020202022726573706F6E73655F666F726D6174223A202275726C220A202020207D2C0A2020202022736F757263655F75726C223A202268747470733A2F2F6769746875622E636F6D2F54656E63656E742D48756E7975616E2F48592D576F726C64506C61792E676974222C0A2020202022736F757263655F7265766973696F6E223A202231353838653133333665383432623033623061373836306336353465626437633436626230363565222C0A2020202022617578696C696172795F6D6F64656C5F6964223A202257616E2D41492F57616E322E322D544932562D35422D446966667573657273222C0A2020202022617578696C696172795F6D6F64656C5F7265766973696F6E223A202262386666663733313563373638343638613533333335313134323732383838373062326539363335222C0A202020202263616368655F636F6E666967223A207B0A20202020202022616C6C6F775F7061747465726E73223A205B0A20202020202020202277616E5F7472616E73666F726D65722F2A222C0A20202020202020202277616E5F64697374696C6C65645F6D6F64656C2F2A222C0A202020202020202022524541444D452E6D64222C0A2020202020202020224C6963656E73652E747874220A2020202020205D0A202020207D2C0A20202020227669727475616C656E76223A207B0A202020202020227061636B61676573223A205B0A2020202020202020222373797374656D5F746F72636823203B2023656E67696E6523203D3D205C227079746F7263685C22222C0A2020202020202020222373797374656D5F746F726368766973696F6E23222C0A202020202020202022706566743D3D302E31372E30222C0A20202020202020202265696E6F70733D3D302E382E30222C0A2020202020202020226C6F677572753D3D302E372E33222C0A2020202020202020226E756D70793D3D312E32362E34222C0A20202020202020202270696C6C6F773D3D31312E332E30222C0A202020202020202022696D616765696F3D3D322E33372E30222C0A202020202020202022696D616765696F2D66666D7065673D3D302E362E30222C0A2020202020202020226F6D656761636F6E663E3D322E332E30222C0A2020202020202020226469666675736572733D3D302E33352E30222C0A2020202020202020227361666574656E736F72733D3D302E342E35222C0A2020202020202020227177656E2D766C2D7574696C733D3D302E302E38222C0A20202020202020202268756767696E67666163652D6875623D3D302E33342E30222C0A2020202020202020227472616E73666F726D6572735B616363656C65726174652C74696B746F6B656E5D3D3D342E35362E30222C0A2020202020202020226D6F64656C73636F7065222C0A2020202020202020226E696E6A61222C0A20202020202020202270616E646173222C0A2020202020202020227363697079222C0A20202020202020202270726F746F627566222C0A2020202020202020226D6F76696570793D3D312E302E33222C0A202020202020202022636C6F75647069636B6C65222C0A20202020202020202266746679222C0A20202020202020202272656D6F74652D706462222C0A20202020202020202273616765617474656E74696F6E220A2020202020205D0A202020207D2C0A20202020226D6F64656C5F737263223A207B0A2020202020202268756767696E6766616365223A207B0A2020202020202020226D6F64656C5F6964223A202274656E63656E742F48592D576F726C64506C6179222C0A2020202020202020226D6F64656C5F7265766973696F6E223A202266346332393233353634373730376235373134373961363962353639653431363666396635626638220A2020202020207D2C0A202020202020226D6F64656C73636F7065223A207B0A2020202020202020226D6F64656C5F6964223A202254656E63656E742D48756E7975616E2F48592D576F726C64506C6179222C0A2020202020202020226D6F64656C5F7265766973696F6E223A20226D6173746572222C0A202020202020202022617578696C696172795F6D6F64656C5F7265766973696F6E223A20226D6173746572220A2020202020207D0A202020207D2C0A2020202022757064617465645F6174223A20313738373333373630302C0A20202020226665617475726564223A2066616C73650A20207D2C0A20207B0A202020202276657273696F6E223A20312C0A20202020226D6F64656C5F6E616D65223A20224D61747269782D47616D652D332E302D3542222C0A20202020226D6F64656C5F66616D696C79223A20224D61747269782D47616D652D332E30222C0A20202020226D6F64656C5F6465736372697074696F6E223A20224120354220696D6167652D636F6E646974696F6E656420696E74657261637469766520776F726C64206D6F64656C2066726F6D20536B79776F726B2041492E222C0A20202020226D6F64656C5F666F726D6174223A20227079746F726368222C0A20202020226D6F64656C5F6162696C697479223A205B0A20202020202022696D61676532776F726C64220A202020205D2C0A202020202264656661756C745F6D6F64656C5F636F6E666967223A207B7D2C0A202020202264656661756C745F67656E65726174655F636F6E666967223A207B0A2020202020202273697A65223A20223730342A31323830222C0A202020202020226E756D5F697465726174696F6E73223A2031322C0A202020202020226E756D5F696E666572656E63655F7374657073223A20332C0A2020202020202267756964616E63655F7363616C65223A20352E302C0A2020202020202273656564223A2034322C0A202020202020227573655F696E7438223A20747275652C0A20202020202022636F6D70696C655F766165223A20747275652C0A202020202020226C696768747661655F7072756E696E675F72617465223A20302E352C0A202020202020227661655F74797065223A20226D675F6C69676874766165222C0A2020202020202266615F76657273696F6E223A202230222C0A20202020202022726573706F6E73655F666F726D6174223A202275726C220A202020207D2C0A2020202022736F757263655F75726C223A202268747470733A2F2F6769746875622E636F6D2F536B79776F726B41492F4D61747269782D47616D652E676974222C0A2020202022736F757263655F7265766973696F6E223A202237316333636437663734313331316638313030663663663963646539343262366331333738643131222C0A2020202022736F757263655F737562646972223A20224D61747269782D47616D652D33222C0A20202020227669727475616C656E76223A207B0A202020202020227061636B61676573223A205B0A202020202020202022746F7263683D3D322E31302E30203B2023656E67696E6523203D3D205C227079746F7263685C22222C0A202020202020202022746F726368766973696F6E3D3D302E32352E30222C0A202020202020202022746F726368617564696F3D3D322E31302E30222C0A2020202020202020226F70656E63762D707974686F6E3D3D342E31302E302E3834222C0A2020202020202020226469666675736572733E3D302E33362E30222C0A2020202020202020227472616E73666F726D6572733D3D342E35372E33222C0A202020202020202022746F6B656E697A6572733E3D302E32302E33222C0A202020202020202022616363656C65726174653E3D312E312E31222C0A2020202020202020227471646D222C0A202020202020202022696D616765696F5B66666D7065675D222C0A2020202020202020226561737964696374222C0A20202020202020202266746679222C0A202020202020202022696D616765696F2D66666D706567222C0A2020202020202020226E756D70793D3D322E322E36222C0A2020202020202020227363697079222C0A20202020202020202265696E6F7073222C0A20202020202020202270616E646173222C0A2020202020202020226465636F72643D3D302E362E30203B20706C6174666F726D5F6D616368696E65203D3D205C227838365F36345C22222C0A2020202020202020226465636F7264323D3D332E342E30203B20706C6174666F726D5F6D616368696E65203D3D205C22616172636836345C22222C0A20202020202020202274656E736F72626F617264222C0A2020202020202020227472696D657368222C0A2020202020202020227361666574656E736F72733D3D302E372E30220A2020202020205D0A202020207D2C0A20202020226D6F64656C5F737263223A207B0A2020202020202268756767696E6766616365223A207B0A2020202020202020226D6F64656C5F6964223A2022536B79776F726B2F4D61747269782D47616D652D332E30222C0A2020202020202020226D6F64656C5F7265766973696F6E223A202233383261613338326130336365633035373336303735356161373263373733353032353737306262220A2020202020207D2C0A202020202020226D6F64656C73636F7065223A207B0A2020202020202020226D6F64656C5F6964223A2022536B79776F726B2F4D61747269782D47616D652D332E30222C0A2020202020202020226D6F64656C5F7265766973696F6E223A20226D6173746572220A2020202020207D0A202020207D2C0A2020202022757064617465645F6174223A20313738373333373630302C0A20202020226665617475726564223A2066616C73650A20207D0A5D0A',X'1F8B0800000000000203B5576D6FD34810FEDE5F61A5DF1076FC6E8753908A4007D2219DEED0A153A9ACF5BE387BB577CD7A9D3620FEFBCDDA4EEA0D69401C275450E799991DCFCCEEF3707DE1389FE1C771165BAA3A2EC5E299133C1D2D8D24B42E046A281817AFFF76DF4B5593DF6BB47393170BCB89A186D7BB6337DB87D00E2BDEEAF190C59593BC7050AFA5A295A25DC7B7D4B93391CEE0EE30251BE71D15980AEDBCEEC5AE47C2615239B51495BB918A7F92C2E1425385B036D15B4EA8742A2AC0624EF18E6A94AA41DA1CDDEEE054BCB16154F29A6BF30DD78319004DEF7538D434B9828D37A8A29371B0DD4C590865A8AF753166C352305E41B2CF5F8EF0A93E3A73D9E7167D533005FDEEC0BA4A83A773800B46956947D169DA1A8FC43F38B4B21B8674E706E9C20AC39B5EDC02141FACD0EC568A8ECE1AD2AB7AFC987DB19DEC159C64EC006FB46EBB67CB65C5F5A62F3D2C9BE53418771ACC723E760FFC16762245B77CDAAE4590E4390DA228A5791C967E54FA28CB531FA7494C4B92E1382D4B3F4DE83E05EAEF613248EDA6D67262B2BC47C2BD7AB3847F422F74DFBD09FF82A5745F72C6FA0E36F9B1E0792165CE18CBA220C1599AC7698E92288A922088C32CCCF33CF3CB90AED228D9E7C2086F4E8D0DD5B5BC2B5AA4611545375B20C0EE9028B442A233CDA66AF9E4309D0924BCD3BCAE29190BB41DFE7875F5F2ED2BAF2173E36F1C3ADF514FDFEBC564BDB186B7E54AF7A8A6623BAFB245F81656F7A8BECB6E07EBD414C385B8747E712EA9A8B8A097CE7AED7CD8DF940F8B790156CCD8CECB39DE52A6D76BDF0B32CF9FDB2917B2ED0C92DB402DAB5EF506C8BC680EC002B7BBF53AF0C2D48BAD23B8E939208117D9B986FBC9E57A1D7A51761272196B5A5A99E352DB4136B44266BECF4DB48D91FD6699B828B1C10E31AA61287284632F99A31FEFA870B7B5DBC3A0071C1A30C7377D052DAF18C2D485FB351C10DB07CC56A8BB4618D37A78439E6A7EABE52D1537EB351C7AF439C3427558B6D4EA2917FF20AB974810D4599F8379BBB35C94D4B2EC999D7DCBE9381DDF9E1AAE654F5A8E6F6BEB60A6999554D1466AEAB6A4B45B59517393C4C01327F77BBCC99DC2F3F59E3571663E788F8F861E5FADE509929AF9CEDF0816E3701546491A67999F954916C4D90AA5AB324957340ED294AD5852B27C5FE997C3333BEBFEA3F59C7B45CFD7D520B8826AEE73EEA59BBCF7355ADDEC5B029B448A8109822CCFA2284BFD895A160C86D12B6AAA65A8EEE8C514F89DA2E12DD28ADFBBBFC2AF2E5CA833BAE1C8F3DBD261B8CD2EDC56C28D9D124B0B7CA524FEBCDD81EDD6B97AF39F65C1FF29013AFE69685CE6C74F8230F76D32E77A9236E6150FC26FE883E880573D27688030F082910EDE8376E8E830DEF8211DBC73904EE760D5AAA7073B103F3CBCB4D8227A0CD5BCDA68B017ADEAE185A90AF37DE0E47BC9C1C7C07A37DC87455315FB90874F64A87858A8C5ECDB7F8A6499360044C36CD7BEA155B2004798642C8B832808581EF83E4B315B614257205E521C44594E82E02845D79784ABAFD67AF103043DACA461B30078E3FBF879C6CB864BC223B21A60D49391244D5A8B035BD8A1AD0B8937263C1E1CBC3C3EC985CF0D55A58F53D5C04A479C3EF0156CF9181D1E71C703B73D0762813F56E847D29C20F4EB91D06F2CAD81BA1DE1589F23205B0F9CD01DA02CBDF42C318E92E63C9B128AA52293DC8009B635D2A63F45037A1246394EF23E4F8B34B607394686EB750492E2F1508460A0C7B1A31C292552C49E0E87FF5E6CCE8817239A7E32ED4E376F79FA8D7F84E1A23C44C8FCE54798623FC9A2D4CF9204A12CC45916257E98002597E58F31EF0F95F47369F4E2E6E25F6B96CB767F0F0000',X'1B7E0F00E47769F6F75C4EC8735B0586D23C2B677F69DDA23C6C7EDC16E3A4FFDF5AABA29510219222ED5AFC7F6650D1D939114B8878BC472244FA968E49E896D2DA1097BF2D9D39121A08C78BA6FC7D85D0733D428D605F7341ECFABFBDF31A61F20BBC2C69BEF8135F63832B7F98DC23561F358CB45BE193E01923A9ADE4AD7634AAF910A98FD0B1302215180AEC7BBE0364562E12C9416B7227FA0596004B455F1CCBE3E196A981EB65804FCEBC009D287A8D0B550377CAF6ADB040892853C4CED4B5CCAE1E677BAC6B09230B0B4C5872FF26C1536F8587CAED62ECF0C4AEBA19239096FFAF2636A279BD461A4FD05C3DBFF2301B0DE12B437FEB72CC7D945DB13717D46A764DECC94B823224397D942357A5A2AD765B77476DBDC74C37A28BC3782CB7CD05494A4634F1835277946985320C1EB9AF4709D0D3465E5033D6BA25CE5143AEE3E1039E39271E1B9D5DBF0D19726D9465240BD4281B53D60213428395DC53E1A93356D3A095041F4D90DA7BAA15A899EF8E873C65571E87B724C7AF7BFCEE16FCE197E7DFDDC209C7BF7CC97FC3EA23FC494E694A69A440628C6CDEA6948C602A186DA5B64E09211463921B6EAD35D47368B5501B9204D4B98E2498823ECDF041044FADF76EE9933E0E782794F31B0F31869A98F7045E06D14801D3553F7DFAE127DF7E4AE64860A0DD4FEA436D16E37F1DC8F03C08963B4B3340466063DE2919E4F693A2EF84DEA253D69B70425D87FE992D4EFF344648E5E8901A9D781EB441AA5D47093384D246405ED66D7F32615B9A691D8E72A818221EB61CF3F6D8758C704DE4A664CBE30E6F211811FAC81CBD715EBB8E1361C823714AF3064397263453CF3AC3E07C9C73A341D00A6274A1AC0BA1167A56316DB0EC2B4B9024AA457C7F0F0BBE9BF051F3F4A442891D391EC3909701275AF078F827174276C287D1E8FD6F17024C79A4F5BAE65B343CD6BF5D27895A25125404CB242F5B97BCFCEFC673AB5BA2DB1F9686BC3DB21DA7AC75F547EAA1EE2E83874C50CFB1EB9188286F3C751E9C6A52FC0805E6B502DEA21FCE92016653EE8215EA639CCEE6A0BD84577E207952A6044D1C793573993B0315CF2FC913B2251978CB85D2D2186ABC324C9AD6E9D62BDD82645AA736299FACB585AFA996F7806636699C49B5B08D42B8844FE36CC72458337E1D515A1294C61E0D6E61C61A218CA6B4B162052D26354EFE95B02E0A87EFFAADAB253FE0CFDD0C5810FA22E2D6F28BCC68037C54466788F580B89A78637FBE7DBC5FCB2DFAF0CBD240B16540ED9E9F06EF1A86CA378C5B0AE8E5B9963798C9BD61BC4628148D1C3D34D7916B829BFA7050A47E28DDC1C5065265F2B1437DB5CD569B0CDA638675DEF204FD9D8317524FC2DDCC7E2BC79297A15FC749CD0551A2F890851CB51AEF1BE6A117E3BE0292EB83CAB0597FFD972D2C0A023FFCF21C6FDAD42BFF966141846892914C30962CA334E990DA10A195DCEBC084B1913135FC15AE355D42DBD60D4893B044444B62540718CD6333E2497A5C210BD9CA92A15AF28ADB1046863BBC3DD65145AEFC0A4FACC4C3981B0B355C116412E13AC1ACF2FCA4C114C70F0EDF8EBEE918618489877B1F67508FFBDBE85F326E675C75CCA18290A02650577B4471CF8906475AD66881A8DC6D5B911F4B8E06F4166D25CBEFB7C1516F1EE3C1EA5ECB46A54F95779D2072D9D6B912C6859624647B9FC043BBCD33EC630183859392A097CD3E0BCE79DE0284723DC272E77EF929501120506584A64629E70C0FC60845B932867A8FBEBA374B41505A73F5EF15','2c257a9a2aff510152b9ca9ede6b154d',2,2,'[]','3b1616386ab751ea19d11cd8741d38fbf4fe2cd0f3ea5382b8281f4eb349ea03',NULL,'2026-11-28 21:23:14.423476',1,NULL,1,'2c257a9a2aff510152b9ca9ede6b154df1cf3a8e927a5f1281a3aa3a136b7e56',X'');
CREATE TABLE "models_registry_draft" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "model_type" varchar(12) NOT NULL, "definition" text NOT NULL, "readme" text NOT NULL, "readme_origin" varchar(12) NOT NULL, "visibility" varchar(12) NOT NULL, "message" varchar(500) NOT NULL, "choices" text NOT NULL CHECK ((JSON_VALID("choices") OR "choices" IS NULL)), "created_at" datetime NOT NULL, "changed_at" datetime NOT NULL, "owner_id" bigint NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "model_id" bigint NULL REFERENCES "models_registry_registeredmodel" ("id") DEFERRABLE INITIALLY DEFERRED, "base_revision_id" bigint NULL REFERENCES "models_registry_revision" ("id") DEFERRABLE INITIALLY DEFERRED);
INSERT INTO "models_registry_draft" VALUES(1,'llm','[
  {
    "version": 2,
    "context_length": 32768,
    "model_name": "ada-private",
    "model_lang": [
      "en",
      "zh"
    ],
    "model_ability": [
      "chat",
      "tools"
    ],
    "model_description": "ada-private is a small language model.",
    "model_specs": [
      {
        "model_format": "pytorch",
        "model_size_in_billions": "0_6",
        "model_src": {
          "huggingface": {
            "quantizations": [
              "none"
            ],
            "model_id": "example/ada-private",
            "model_revision": "main"
          }
        }
      }
    ],
    "architectures": [
      "Qwen3ForCausalLM"
    ],
    "updated_at": 1795900994,
    "featured": false
  }
]
','# Private
','written','private','','{}','2026-11-28 21:23:16.731953','2026-11-28 21:23:16.731974',2,15,15);
CREATE TABLE "models_registry_facet" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "kind" varchar(12) NOT NULL, "value" varchar(80) NOT NULL, "model_id" bigint NOT NULL REFERENCES "models_registry_registeredmodel" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "facet_once_per_model" UNIQUE ("model_id", "kind", "value"));
INSERT INTO "models_registry_facet" VALUES(7,'ability','generate',2);
INSERT INTO "models_registry_facet" VALUES(8,'format','pytorch',2);
INSERT INTO "models_registry_facet" VALUES(9,'size','1-4b',2);
INSERT INTO "models_registry_facet" VALUES(10,'language','en',2);
INSERT INTO "models_registry_facet" VALUES(11,'engine','Transformers',2);
INSERT INTO "models_registry_facet" VALUES(12,'engine','vLLM',2);
INSERT INTO "models_registry_facet" VALUES(13,'ability','embed',3);
INSERT INTO "models_registry_facet" VALUES(14,'format','pytorch',3);
INSERT INTO "models_registry_facet" VALUES(15,'context','32k',3);
INSERT INTO "models_registry_facet" VALUES(16,'context','8k',3);
INSERT INTO "models_registry_facet" VALUES(17,'language','en',3);
INSERT INTO "models_registry_facet" VALUES(18,'language','zh',3);
INSERT INTO "models_registry_facet" VALUES(19,'engine','sentence_transformers',3);
INSERT INTO "models_registry_facet" VALUES(20,'ability','embed',4);
INSERT INTO "models_registry_facet" VALUES(21,'format','pytorch',4);
INSERT INTO "models_registry_facet" VALUES(22,'language','zh',4);
INSERT INTO "models_registry_facet" VALUES(23,'engine','sentence_transformers',4);
INSERT INTO "models_registry_facet" VALUES(24,'engine','vLLM',4);
INSERT INTO "models_registry_facet" VALUES(25,'ability','rerank',5);
INSERT INTO "models_registry_facet" VALUES(26,'format','pytorch',5);
INSERT INTO "models_registry_facet" VALUES(27,'context','128k',5);
INSERT INTO "models_registry_facet" VALUES(28,'context','32k',5);
INSERT INTO "models_registry_facet" VALUES(29,'context','8k',5);
INSERT INTO "models_registry_facet" VALUES(30,'language','en',5);
INSERT INTO "models_registry_facet" VALUES(31,'language','multilingual',5);
INSERT INTO "models_registry_facet" VALUES(32,'language','zh',5);
INSERT INTO "models_registry_facet" VALUES(33,'engine','sentence_transformers',5);
INSERT INTO "models_registry_facet" VALUES(34,'ability','rerank',6);
INSERT INTO "models_registry_facet" VALUES(35,'format','pytorch',6);
INSERT INTO "models_registry_facet" VALUES(36,'context','32k',6);
INSERT INTO "models_registry_facet" VALUES(37,'context','8k',6);
INSERT INTO "models_registry_facet" VALUES(38,'language','en',6);
INSERT INTO "models_registry_facet" VALUES(39,'language','zh',6);
INSERT INTO "models_registry_facet" VALUES(40,'engine','sentence_transformers',6);
INSERT INTO "models_registry_facet" VALUES(41,'ability','ocr',7);
INSERT INTO "models_registry_facet" VALUES(42,'format','pytorch',7);
INSERT INTO "models_registry_facet" VALUES(43,'ability','ocr',8);
INSERT INTO "models_registry_facet" VALUES(44,'format','pytorch',8);
INSERT INTO "models_registry_facet" VALUES(45,'ability','audio2text',9);
INSERT INTO "models_registry_facet" VALUES(46,'format','pytorch',9);
INSERT INTO "models_registry_facet" VALUES(47,'engine','PyTorch',9);
INSERT INTO "models_registry_facet" VALUES(48,'ability','text2audio',10);
INSERT INTO "models_registry_facet" VALUES(49,'ability','text2audio_zero_shot',10);
INSERT INTO "models_registry_facet" VALUES(50,'format','pytorch',10);
INSERT INTO "models_registry_facet" VALUES(51,'engine','PyTorch',10);
INSERT INTO "models_registry_facet" VALUES(52,'ability','text2video',11);
INSERT INTO "models_registry_facet" VALUES(53,'format','diffusers',11);
INSERT INTO "models_registry_facet" VALUES(54,'engine','Diffusers',11);
INSERT INTO "models_registry_facet" VALUES(55,'ability','text2video',12);
INSERT INTO "models_registry_facet" VALUES(56,'format','diffusers',12);
INSERT INTO "models_registry_facet" VALUES(57,'engine','Diffusers',12);
INSERT INTO "models_registry_facet" VALUES(58,'ability','image2world',13);
INSERT INTO "models_registry_facet" VALUES(59,'ability','text2world',13);
INSERT INTO "models_registry_facet" VALUES(60,'format','pytorch',13);
INSERT INTO "models_registry_facet" VALUES(61,'engine','PyTorch',13);
INSERT INTO "models_registry_facet" VALUES(62,'ability','image2world',14);
INSERT INTO "models_registry_facet" VALUES(63,'format','pytorch',14);
INSERT INTO "models_registry_facet" VALUES(64,'engine','PyTorch',14);
INSERT INTO "models_registry_facet" VALUES(65,'ability','chat',15);
INSERT INTO "models_registry_facet" VALUES(66,'ability','tools',15);
INSERT INTO "models_registry_facet" VALUES(67,'format','pytorch',15);
INSERT INTO "models_registry_facet" VALUES(68,'size','lt-1b',15);
INSERT INTO "models_registry_facet" VALUES(69,'context','32k',15);
INSERT INTO "models_registry_facet" VALUES(70,'context','8k',15);
INSERT INTO "models_registry_facet" VALUES(71,'language','en',15);
INSERT INTO "models_registry_facet" VALUES(72,'language','zh',15);
INSERT INTO "models_registry_facet" VALUES(73,'engine','Transformers',15);
INSERT INTO "models_registry_facet" VALUES(74,'ability','generate',1);
INSERT INTO "models_registry_facet" VALUES(75,'format','pytorch',1);
INSERT INTO "models_registry_facet" VALUES(76,'size','1-4b',1);
INSERT INTO "models_registry_facet" VALUES(77,'language','en',1);
INSERT INTO "models_registry_facet" VALUES(78,'engine','Transformers',1);
INSERT INTO "models_registry_facet" VALUES(79,'engine','vLLM',1);
CREATE TABLE "models_registry_listrevision" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "model_type" varchar(12) NOT NULL, "number" integer unsigned NOT NULL CHECK ("number" >= 0), "sha256" varchar(64) NOT NULL, "size" integer unsigned NOT NULL CHECK ("size" >= 0), "brotli_body" BLOB NOT NULL, "model_count" integer unsigned NOT NULL CHECK ("model_count" >= 0), "record_count" integer unsigned NOT NULL CHECK ("record_count" >= 0), "created_at" datetime NOT NULL, "signature" BLOB NOT NULL, CONSTRAINT "list_revision_number_per_type" UNIQUE ("model_type", "number"));
INSERT INTO "models_registry_listrevision" VALUES(1,'audio',1,'1fddecfbd56587e4ef1c5a9c0affd9ecc08881fcedd547a5fa160bd1d1050f50',1366,X'1B550500E4FFEDE7774AE2F0AA5F26A269FB2688CD65E29A207FFEA04FF4CA1D16A955DC6B90B781469E8F263AB2E9141E87B3A9CBA525EE3C95E7821331425F08E3BB8531310C490183CF0D966BA9167541EE57A4A1160B159CADDB6FD42E78CEE1E044839B2526B8032811EA1D2A44F991C57D8910C2B2C7C3072030B6F863B4775C1CDC5FD05B6C4150D03E2FDAEF0429848050DE1E8D712B93EEA688B2D09C8CE452EDD1A81D401451D398043A7AC4DB28575C642195CDE4339CE6759AF1BC920092A720934F512628D599388EC6C6F87922BE31600D74507F5FEF400F0B5E56EAF1ABC8099E14DE937FECB09F24D91CCD274021D12020B949A69A78314CD4EAB4C86ED5AC23425867C326A8266AB777156442706AD8A825E13D0C9EFA7758EF84F5A4B5D571B9B97A01013F020A6A11B0FDD6E17ABEDEAD831C8C835312267825B43B95FA108B629503D8529E37F9EC5F7BE2FE06C3E68E67C3AACBFCD2B628D4C543D0AFF783318B9DA8EE1625F0173002FF240F173777F861A51C87D930493BFB51B76773F7A556FECDFE28619D191BE99A034675F48300',2,2,'2026-11-28 21:23:14.357734',X'');
INSERT INTO "models_registry_listrevision" VALUES(2,'embedding',1,'26fb32c96e4b5a96795b5703ce96c87d2896d05fb453060eb06d1f4ffd687bc0',1882,X'1B590700E452A7BB9749F75E0105A5BD73AF9BCDF21B028A89F2FFDFCF331FC940F0DEB788E40CFA19B60A8DB2E9748C63196A83E9CCAD15A8D2B7D45DD3EDEC2551B65023E42C10028235F8249E515A7DBE4A7CD8050E0AFCF9263E0B244B9FE958AC80A6BC0E5890C84E885CBEA5A6C2BABAEF7126A2F3EE907C6129E4042A48C8B9A3814B63ACCBFED8A11CC502E7B9AB1159BE13C9A7C8816E9F5E836C5079389141269E34E4CE66AEEB56D54612AB764946DA325C0B265412D5648F856B777C135FAC3D9C5AA0B42B91753546A8D0C7258637A45D0BE28F0A34B4FEFF70F37756FB9C2B4D4DB52BE3DB6E76478B95A9516EB85C50CEE987EBB6705000B527CC7154391E44F3A8960E076176142A9A049DE3BE744E450728E230A64B95E8B2C551275F4427F1E53AF9F92111C80D44E02C7E9D1DBED48BA24BEBDB1A63A98462D0861B8795B8841A34A54DB84DDE82F255263E738AE4FD4580D1F983AFA37D11D6F5284B0F88A0F736366DD1AA9A79813D106220CEE71842FD2D575EE00ACE7D41AB9C322CA4E4B47282D215D44197F20F59E58CB925A19EB8010D7CE16D02944D96C7E3D9296C26E3DEE7A9F9D9ED4212BCCD6AB106',2,2,'2026-11-28 21:23:14.362723',X'');
INSERT INTO "models_registry_listrevision" VALUES(3,'image',1,'bfb3e7b78b45e884caeb4bd86514674054f153374b3494274b6605f497e45ee3',1214,X'1BBD040064732E5FA372A91DA29A457A401C381DD8C40782EFFB7F745FEF6B8966790EA9A50967736D2DCCFABAE086C2D1CF057604E0AB002030460B24E66DB43FCEE6BBBC40CF87188F67B3DD3CF252B6F4D10AF509F707C7E9458D651B6A4CA762E14484EB5B639F1F617E78DCC017AF89291CD6BC5FEF76C7A7EB8A222773823F448B5416B283E795F9E5EABA0AA7AA362C5DF5B3C3C37D7F7AD3237F3B5EA62B8AC2F4C7FBFF15DD5D2FD3692657F7E5727D58E677AA221037EB59E8D0D1313E8E53105E513014FD3F0666C4FFADD10B61E7B739F5AEB7F9A5CF2380B2C6980DC7B73614754D930D5D93A982F1199E0052061C016F9A5B7F3F2B721ABFA6B1FC0DE0D8DA8E57E4D99449C88EAF15D85733445594044513F34FFA04',2,2,'2026-11-28 21:23:14.366874',X'');
INSERT INTO "models_registry_listrevision" VALUES(4,'llm',1,'6680513b80ab63fdf041b0170c3c3cf27e758ea423a10b91aa47676020cea4f9',2539,X'1BEA0900E46FAAFEEE657A87C74AA9F9A5171D82271BDB113A81923EB6A6A97B655B25D9882A755C2218D17DD51015A365A1481A146E422D536A99DAAC6C13B357448FCD5653864AFFCC00AEC300C463899C005F9A0EB9DDFBD0456D820C901328A5C4BE789A231ECFD92BC90990ED50579C0C50D012E31F733007B127DAE1FF5C1234702BC1F9A8E805823135A6A1A6F5C5E4C5C7AF2B0EA980873B574415785C389EC832BC7DFB0E4EB9057E1FFDB91821F7F003DBAF58EA123C480A2F1E435D1E42688D9F31C65441A08E02826E02B18069285323ACB3B8BB0C18CA68BE563347303D0E5F53DA7EB8AC790CBB30B8701AD31536A96FD01748B90F7223C21AE578F518C84934606EDC4DDB6DEAB7D812B30633B92B3F67BA2A565C42D9846AF60C271633FC5B068323B7A7381808683EB14FAB904F4FA73ED5CBCD76A89C78A2A400BD7E554D8D17341A2B62E7B516C177C221D55A08C359B051862E449398196F67BAE1B750C0F875C646BA0399D14E322B0D6849C9820947059258D14B07042A067B4E2410433DF8DB772FD1C7773968893A54158CA09C0DE4F17229F667E2B71012E765BE84CC2B38BDA5A948D537242C73B803738A397D0EF7EEC15F82E365E52F81C251E667C7E36908D099984F5CD02FADE9A7D3E1D213193CFF66125FB8DB253168E7545A21FFB029F861A893A307E4DEB72A791A032E2122E739C615F90D5B12863CC89CFB0295D6A647B888788FE19882AF0884F3070413FC2B8C056044A8E6D8556EF250578CAB5306B84544DEAA8E1BD5368FB596B7D618D539CA91B55D6C8DA3C8C7B1082E41750621398BE70ECC43FE220324BA0EE40414E514C0E5303A9D368F85E4260491685B38C60FFBA6062A30E9895DADC373C4A1125E7F1DF24608D7653362C9C733DCE4D5B489CEB07E2E37369216D9CE73A51FAA24D33CB810A93086311A3B66958B8DD07E0B2DA3BA0BD4591BACF7B1B59653139021D228A4B32A763A1AFC6C83CA6E65A3ED442F30829E1A782ABA9D8BA0222641A2E734F8E0DBC9BD25764D18E1C3477E9EC7277E2AFEF8F6DD3094A47E355B60F66F06',2,2,'2026-11-28 21:23:14.371356',X'');
INSERT INTO "models_registry_listrevision" VALUES(5,'rerank',1,'a65be942404e7a6e71f52266fe1456a11e5d2657e680ae7c730ba21af10835fb',1867,X'1B4A0700E4724E1FA3FE3EB6887E7A3757E4B43C9EB8263FE13B3F505452343DFF2A69B33CAF021EE00021CC06349B6B5B2B5DDF14D00B387BF9080C08C0D70740C3121D50B8DE629ACB6A8C0B7CBF847DC7327EABB68C0DD5C65FAAA0A32EBA5D06D1C2A62124C41C013A101C70D52BA601D7994FDB46A3D9F6C3F36E36A2408870B8D92B8937B0EF91555932116EEF4B55ECD3F0DF675289A9813107C42BCBFB98B762E6B671E4AD286DD670ADB667D374AC095D3731696974A56736CB3AD141A421FEA77C6AF749F50ED0644177DB4CA2603CEA99F80F89A140B3F413209C4A5A93FF486269A79649309EC8A6A55BB2292BB2064E080435BAD90797E05FA5C58A5DEF29E052D989D3404A7836596091B827D5B627FB96EA4557ED145CA08C7E9C82EF4388767321E60847A9C226C9A35C1D47463CD690469920DE46BC8A66C23038ABDFD572595E128CBCF4C9CCDFA149B6219DA843D7B343740369F57EACE41EF0FE327F3BD9FBCC18CCA152138269EAB665A09FB7AFF572484400',2,2,'2026-11-28 21:23:14.393730',X'');
INSERT INTO "models_registry_listrevision" VALUES(6,'video',1,'68ff20bd735e440a7afff97def405ee1d0a8f3e6c72bc7d842b534352bfc6b39',1823,X'1B1E0700645EBD7EEF32E5A5AB2E503FCCF8CC896B824D7CA4A5F05145C348CE3C7F7C5F448ACE7C6C2522B3B9A6CD66F6A88F742108FC5CCBFF9500B0720080C018AC00CE7AA39D9EF3ED7901DA8BF0A8175F1BCEF7DE736CE05330CFD28A1EB00A4172C4354210B61CBEDFDEB0A3C71B622FC04E7D91801A1DFBF9188F9F82DDCC0F089189FE03C3330A14DF0A5BBFD13A1C6EF2F8F8E2E689CA658CB27A435BFF734B814008FC0D0B1971A68136886B76F20D5A9811D55DEBFF6CC80B2BC0DF82845E97EF4E81683C2816BC1928E9EEEE4EAD20A4A8812D902A794C0A7676C077D3BEA13040F5847158F4217F9FB65BA39787D0E9FB482DB9E9D45A72FEBA934E7F91C2B3F5471258E9AED1D01E99F5498C8D6EB4FE621286101AAECC069FCF5F8E6F4AF32ABED0400362CE50638241CE739C9F9235639111C270AFB4F54EB0201137BEE6891C2BB79953E87D90635739A2E5FAAC37FA93838B0A7B12C6B15433B0AF49EECFC41F2021894288305A902800F28682079380EBEB913F044BBDDE97F730F97715291CF637211DF79A0489042592F29AC18C29A611AE055453464AC7820BDAA57762297465263F09',2,2,'2026-11-28 21:23:14.410225',X'');
INSERT INTO "models_registry_listrevision" VALUES(7,'world',1,'2c257a9a2aff510152b9ca9ede6b154df1cf3a8e927a5f1281a3aa3a136b7e56',3967,X'1B7E0F00E47769F6F75C4EC8735B0586D23C2B677F69DDA23C6C7EDC16E3A4FFDF5AABA29510219222ED5AFC7F6650D1D939114B8878BC472244FA968E49E896D2DA1097BF2D9D39121A08C78BA6FC7D85D0733D428D605F7341ECFABFBDF31A61F20BBC2C69BEF8135F63832B7F98DC23561F358CB45BE193E01923A9ADE4AD7634AAF910A98FD0B1302215180AEC7BBE0364562E12C9416B7227FA0596004B455F1CCBE3E196A981EB65804FCEBC009D287A8D0B550377CAF6ADB040892853C4CED4B5CCAE1E677BAC6B09230B0B4C5872FF26C1536F8587CAED62ECF0C4AEBA19239096FFAF2636A279BD461A4FD05C3DBFF2301B0DE12B437FEB72CC7D945DB13717D46A764DECC94B823224397D942357A5A2AD765B77476DBDC74C37A28BC3782CB7CD05494A4634F1835277946985320C1EB9AF4709D0D3465E5033D6BA25CE5143AEE3E1039E39271E1B9D5DBF0D19726D9465240BD4281B53D60213428395DC53E1A93356D3A095041F4D90DA7BAA15A899EF8E873C65571E87B724C7AF7BFCEE16FCE197E7DFDDC209C7BF7CC97FC3EA23FC494E694A69A440628C6CDEA6948C602A186DA5B64E09211463921B6EAD35D47368B5501B9204D4B98E2498823ECDF041044FADF76EE9933E0E782794F31B0F31869A98F7045E06D14801D3553F7DFAE127DF7E4AE64860A0DD4FEA436D16E37F1DC8F03C08963B4B3340466063DE2919E4F693A2EF84DEA253D69B70425D87FE992D4EFF344648E5E8901A9D781EB441AA5D47093384D246405ED66D7F32615B9A691D8E72A818221EB61CF3F6D8758C704DE4A664CBE30E6F211811FAC81CBD715EBB8E1361C823714AF3064397263453CF3AC3E07C9C73A341D00A6274A1AC0BA1167A56316DB0EC2B4B9024AA457C7F0F0BBE9BF051F3F4A442891D391EC3909701275AF078F827174276C287D1E8FD6F17024C79A4F5BAE65B343CD6BF5D27895A25125404CB242F5B97BCFCEFC673AB5BA2DB1F9686BC3DB21DA7AC75F547EAA1EE2E83874C50CFB1EB9188286F3C751E9C6A52FC0805E6B502DEA21FCE92016653EE8215EA639CCEE6A0BD84577E207952A6044D1C793573993B0315CF2FC913B2251978CB85D2D2186ABC324C9AD6E9D62BDD82645AA736299FACB585AFA996F7806636699C49B5B08D42B8844FE36CC72458337E1D515A1294C61E0D6E61C61A218CA6B4B162052D26354EFE95B02E0A87EFFAADAB253FE0CFDD0C5810FA22E2D6F28BCC68037C54466788F580B89A78637FBE7DBC5FCB2DFAF0CBD240B16540ED9E9F06EF1A86CA378C5B0AE8E5B9963798C9BD61BC4628148D1C3D34D7916B829BFA7050A47E28DDC1C5065265F2B1437DB5CD569B0CDA638675DEF204FD9D8317524FC2DDCC7E2BC79297A15FC749CD0551A2F890851CB51AEF1BE6A117E3BE0292EB83CAB0597FFD972D2C0A023FFCF21C6FDAD42BFF966141846892914C30962CA334E990DA10A195DCEBC084B1913135FC15AE355D42DBD60D4893B044444B62540718CD6333E2497A5C210BD9CA92A15AF28ADB1046863BBC3DD65145AEFC0A4FACC4C3981B0B355C116412E13AC1ACF2FCA4C114C70F0EDF8EBEE918618489877B1F67508FFBDBE85F326E675C75CCA18290A02650577B4471CF8906475AD66881A8DC6D5B911F4B8E06F4166D25CBEFB7C1516F1EE3C1EA5ECB46A54F95779D2072D9D6B912C6859624647B9FC043BBCD33EC630183859392A097CD3E0BCE79DE0284723DC272E77EF929501120506584A64629E70C0FC60845B932867A8FBEBA374B41505A73F5EF15',2,2,'2026-11-28 21:23:14.423111',X'');
INSERT INTO "models_registry_listrevision" VALUES(8,'llm',2,'1f4b885e7fa3a5eab45f2601f62eafda13f130c624afb09acf50a92c44e67af9',2456,X'1B970900E44F9DFE9E657AF7B292000B53FB11B6824F969E1385ACB3E596FFFF7BF5C43E69A21A829C7F47C6DE141AABEF873A27AD6D737B8BB8C00AD453A29E5A41AD8B78CE2CA3B393FA6606F01A03408D553C03B1D83AE076EFA34FB531328C67C0A5BCBF72EC131D70F64A3C03DC94BA149801A055969BED7219A113AE0EBE53C9D420D44CE7C3921620C6EC904B756B1B7E48B95202480FBC6147CF54303AC4CA3DDBC74271CC6DAFCB064518F2C7156ADE81E5B9F643DC9A2198539B5FA8C9A78654C2B93F19B916F2462B5E3E443CB3462E6BB7D366934F1B4250DA2D977C0B7D9EFCC20382430D0506C3198C3BA6B85B184396BB72CACC88E14F1CF232F6C7E374CAF579BD2955A0263D0783D6AF6A980D9225EB64EA823132864E7A62C64869058F2EA9D8C5641D33E5FB6C6DF03BDE88D83CA981EE13DC7AED19F3DEA86036008723F7F02EFD71FEC395E27E0124F7E2A7DFFFC5F71F9F29A41F3EE84B22186E8B49D290F18BDB423A3D80DF8E125784B907E7E21908A240C3D8847A6A8F99C6399CC35C1E9C3A87CB4BB8C5FFCA27DD22291C64FE70381C4D00654A3A892B0FAD394DC7F2AC8933FFDD0CE273F7BEE062ED822927F53FACB8E757A990470827A0DCFAE5D84F43A405C420A0DCC352524D5C00B01D70868795DFBFFF8073BAC4C30821CC262738E3F7FFA01C720C95E0D3EFFF4B2909FE142E05C0220CE67595EBBED42517FA28016E9149B4BA1356B7D14B9D13ADB356779E09E26D975AEB19897C24529660003F0C11A9EC3BB91CF03C0B1074E7C733D04C58B1E813D3B179E1E23B0644D0F6514CAFD1D68654C0E9E96DADE50DDD4008AFBE8AFD1A08D7653DD0D81F1E68ED57EBDA3AF3EA8DD7C8D02D9A6D10DA3C572B6E44F43131692DE72C75DC699F22A9FD165ACE4C1799772EBA1052EB9C6036122762492AEF74EA8C35F4D6400FBBA5AD7185FE6C20F83AEEAFA476269281988DC43720D489F138BD0B769D305E71A7AC957E7DE48FFD7015A6311CBEFFC8060AA95F4D139EDDCD00',2,2,'2026-11-28 21:23:16.295292',X'');
CREATE TABLE "models_registry_pullrequest" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "branch" varchar(200) NOT NULL UNIQUE, "state" varchar(10) NOT NULL, "repository" varchar(200) NOT NULL, "head_repository" varchar(200) NOT NULL, "number" integer unsigned NULL CHECK ("number" >= 0), "url" varchar(300) NOT NULL, "title" varchar(300) NOT NULL, "body" text NOT NULL, "commits" text NOT NULL CHECK ((JSON_VALID("commits") OR "commits" IS NULL)), "token_login" varchar(80) NOT NULL, "is_sync" bool NOT NULL, "wanted_version" integer unsigned NOT NULL CHECK ("wanted_version" >= 0), "sent_version" integer unsigned NOT NULL CHECK ("sent_version" >= 0), "attempts" integer unsigned NOT NULL CHECK ("attempts" >= 0), "last_error" text NOT NULL, "next_attempt_at" datetime NOT NULL, "not_before" datetime NULL, "lease" varchar(32) NOT NULL, "leased_until" datetime NULL, "etag" varchar(200) NOT NULL, "created_at" datetime NOT NULL, "by_id" bigint NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
INSERT INTO "models_registry_pullrequest" VALUES(1,'hub/update-llm-gpt-2-b84b3e7b89','planned','','',NULL,'','','','{}','',0,1,0,0,'','2026-11-28 21:24:16.374980',NULL,'',NULL,'','2026-11-28 21:23:16.375087',1);
CREATE TABLE "models_registry_registeredmodel" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "model_type" varchar(12) NOT NULL, "name" varchar(200) NOT NULL, "name_key" varchar(200) NOT NULL, "visibility" varchar(12) NOT NULL, "expires_at" datetime NULL, "created_at" datetime NOT NULL, "changed_at" datetime NOT NULL, "featured" bool NOT NULL, "description" text NOT NULL, "context_length" bigint NULL, "definition_updated_at" datetime NULL, "facts" text NOT NULL CHECK ((JSON_VALID("facts") OR "facts" IS NULL)), "search_text" text NOT NULL, "owner_id" bigint NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "published_revision_id" bigint NULL UNIQUE REFERENCES "models_registry_revision" ("id") DEFERRABLE INITIALLY DEFERRED, "derived_by" varchar(20) NOT NULL, CONSTRAINT "model_type_known" CHECK ("model_type" IN ('llm', 'embedding', 'rerank', 'image', 'audio', 'video', 'world')), CONSTRAINT "visibility_known" CHECK ("visibility" IN ('private', 'public', 'enterprise')));
INSERT INTO "models_registry_registeredmodel" VALUES(1,'llm','gpt-2','gpt-2','public',NULL,'2026-11-28 21:23:12.234626','2026-11-28 21:23:16.262159',0,'Edited before the upgrade.',1024,'2026-11-28 21:23:16','{"name": "gpt-2", "description": "Edited before the upgrade.", "family": null, "abilities": ["generate"], "languages": ["en"], "formats": ["pytorch"], "engines": ["Transformers", "vLLM"], "quantizations": ["none"], "sizes_in_billions": [1.5], "activated_sizes_in_billions": [], "size_buckets": ["1-4b"], "context_length": 1024, "context_buckets": [], "dimensions": null, "architectures": ["GPT2LMHeadModel"], "hubs": ["huggingface"], "source_ids": ["openai-community/gpt2"], "virtualenv_packages": ["#transformers_dependencies# ; #engine# == \"Transformers\"", "#vllm_dependencies# ; #engine# == \"vllm\"", "#system_numpy# ; #engine# == \"vllm\""], "featured": false, "updated_at": 1795900996}','gpt-2
edited before the upgrade.
generate
en
pytorch
transformers
vllm
openai-community/gpt2
gpt2lmheadmodel',NULL,18,'1.1');
INSERT INTO "models_registry_registeredmodel" VALUES(2,'llm','opt','opt','public',NULL,'2026-11-28 21:23:12.280211','2026-11-28 21:23:12.287345',0,'Opt is an open-source, decoder-only, Transformer based LLM that was designed to replicate GPT-3.',2048,'2026-01-26 09:07:57','{"name": "opt", "description": "Opt is an open-source, decoder-only, Transformer based LLM that was designed to replicate GPT-3.", "family": null, "abilities": ["generate"], "languages": ["en"], "formats": ["pytorch"], "engines": ["Transformers", "vLLM"], "quantizations": ["none"], "sizes_in_billions": [1.0], "activated_sizes_in_billions": [], "size_buckets": ["1-4b"], "context_length": 2048, "context_buckets": [], "dimensions": null, "architectures": ["OPTForCausalLM"], "hubs": ["huggingface"], "source_ids": ["facebook/opt-125m"], "virtualenv_packages": ["#transformers_dependencies# ; #engine# == \"Transformers\"", "#vllm_dependencies# ; #engine# == \"vllm\"", "#system_numpy# ; #engine# == \"vllm\""], "featured": false, "updated_at": 1769418477}','opt
opt is an open-source, decoder-only, transformer based llm that was designed to replicate gpt-3.
generate
en
pytorch
transformers
vllm
facebook/opt-125m
optforcausallm',NULL,2,'1.1');
INSERT INTO "models_registry_registeredmodel" VALUES(3,'embedding','R3-embedding-0.6b','r3-embedding-0.6b','public',NULL,'2026-11-28 21:23:12.641083','2026-11-28 21:23:12.664342',0,'',32768,'2026-08-03 16:51:51','{"name": "R3-embedding-0.6b", "description": "", "family": null, "abilities": ["embed"], "languages": ["en", "zh"], "formats": ["pytorch"], "engines": ["sentence_transformers"], "quantizations": ["none"], "sizes_in_billions": [], "activated_sizes_in_billions": [], "size_buckets": [], "context_length": 32768, "context_buckets": ["8k", "32k"], "dimensions": 1024, "architectures": [], "hubs": ["huggingface", "modelscope"], "source_ids": ["tencent/R3-embedding-0.6b", "Tencent-Hunyuan/R3-embedding-0.6b"], "virtualenv_packages": ["#sentence_transformers_dependencies# ; #engine# == \"sentence_transformers\"", "#system_torchvision# ; #engine# == \"sentence_transformers\"", "#system_torch# ; #engine# == \"sentence_transformers\""], "featured": false, "updated_at": 1785775911}','r3-embedding-0.6b
embed
en
zh
pytorch
sentence_transformers
tencent/r3-embedding-0.6b
tencent-hunyuan/r3-embedding-0.6b',NULL,3,'1.1');
INSERT INTO "models_registry_registeredmodel" VALUES(4,'embedding','text2vec-base-multilingual','text2vec-base-multilingual','public',NULL,'2026-11-28 21:23:12.668324','2026-11-28 21:23:12.671085',0,'',256,'2026-07-20 10:37:01','{"name": "text2vec-base-multilingual", "description": "", "family": null, "abilities": ["embed"], "languages": ["zh"], "formats": ["pytorch"], "engines": ["sentence_transformers", "vLLM"], "quantizations": ["none"], "sizes_in_billions": [], "activated_sizes_in_billions": [], "size_buckets": [], "context_length": 256, "context_buckets": [], "dimensions": 384, "architectures": [], "hubs": ["huggingface"], "source_ids": ["shibing624/text2vec-base-multilingual"], "virtualenv_packages": ["#sentence_transformers_dependencies# ; #engine# == \"sentence_transformers\"", "#system_torchvision# ; #engine# == \"sentence_transformers\"", "#system_torch# ; #engine# == \"sentence_transformers\"", "#vllm_dependencies# ; #engine# == \"vllm\"", "#system_numpy# ; #engine# == \"vllm\""], "featured": false, "updated_at": 1784543821}','text2vec-base-multilingual
embed
zh
pytorch
sentence_transformers
vllm
shibing624/text2vec-base-multilingual',NULL,4,'1.1');
INSERT INTO "models_registry_registeredmodel" VALUES(5,'rerank','jina-reranker-v3.5','jina-reranker-v3.5','public',NULL,'2026-11-28 21:23:12.903692','2026-11-28 21:23:12.915340',1,'',131072,'2026-08-04 04:18:41','{"name": "jina-reranker-v3.5", "description": "", "family": null, "abilities": ["rerank"], "languages": ["en", "multilingual", "zh"], "formats": ["pytorch"], "engines": ["sentence_transformers"], "quantizations": ["none"], "sizes_in_billions": [], "activated_sizes_in_billions": [], "size_buckets": [], "context_length": 131072, "context_buckets": ["8k", "32k", "128k"], "dimensions": null, "architectures": [], "hubs": ["huggingface", "modelscope"], "source_ids": ["jinaai/jina-reranker-v3.5"], "virtualenv_packages": ["#sentence_transformers_dependencies# ; #engine# == \"sentence_transformers\"", "#system_torchvision# ; #engine# == \"sentence_transformers\"", "#system_torch# ; #engine# == \"sentence_transformers\""], "featured": true, "updated_at": 1785817121}','jina-reranker-v3.5
rerank
en
multilingual
zh
pytorch
sentence_transformers
jinaai/jina-reranker-v3.5',NULL,5,'1.1');
INSERT INTO "models_registry_registeredmodel" VALUES(6,'rerank','R3-rerank-0.6b','r3-rerank-0.6b','public',NULL,'2026-11-28 21:23:12.927262','2026-11-28 21:23:12.933053',0,'',40960,'2026-08-03 16:53:06','{"name": "R3-rerank-0.6b", "description": "", "family": null, "abilities": ["rerank"], "languages": ["en", "zh"], "formats": ["pytorch"], "engines": ["sentence_transformers"], "quantizations": ["none"], "sizes_in_billions": [], "activated_sizes_in_billions": [], "size_buckets": [], "context_length": 40960, "context_buckets": ["8k", "32k"], "dimensions": null, "architectures": [], "hubs": ["huggingface", "modelscope"], "source_ids": ["tencent/R3-rerank-0.6b", "Tencent-Hunyuan/R3-rerank-0.6b"], "virtualenv_packages": ["#sentence_transformers_dependencies# ; #engine# == \"sentence_transformers\"", "#system_torchvision# ; #engine# == \"sentence_transformers\"", "#system_torch# ; #engine# == \"sentence_transformers\""], "featured": false, "updated_at": 1785775986}','r3-rerank-0.6b
rerank
en
zh
pytorch
sentence_transformers
tencent/r3-rerank-0.6b
tencent-hunyuan/r3-rerank-0.6b',NULL,6,'1.1');
INSERT INTO "models_registry_registeredmodel" VALUES(7,'image','PaddleOCR-VL-1.6','paddleocr-vl-1.6','public',NULL,'2026-11-28 21:23:13.119242','2026-11-28 21:23:13.123416',1,'',NULL,'2026-06-15 08:27:26','{"name": "PaddleOCR-VL-1.6", "description": "", "family": "ocr", "abilities": ["ocr"], "languages": [], "formats": ["pytorch"], "engines": [], "quantizations": [], "sizes_in_billions": [], "activated_sizes_in_billions": [], "size_buckets": [], "context_length": null, "context_buckets": [], "dimensions": null, "architectures": [], "hubs": ["huggingface", "modelscope"], "source_ids": ["PaddlePaddle/PaddleOCR-VL-1.6"], "virtualenv_packages": ["pillow==11.3.0", "transformers==4.55.0", "#system_numpy#", "#system_torch#"], "featured": true, "updated_at": 1781512046}','paddleocr-vl-1.6
ocr
ocr
pytorch
paddlepaddle/paddleocr-vl-1.6',NULL,7,'1.1');
INSERT INTO "models_registry_registeredmodel" VALUES(8,'image','PaddleOCR-VL','paddleocr-vl','public','2036-11-25 21:23:16.670805','2026-11-28 21:23:13.136295','2026-11-28 21:23:16.671448',0,'',NULL,'2025-12-22 07:13:52','{"name": "PaddleOCR-VL", "description": "", "family": "ocr", "abilities": ["ocr"], "languages": [], "formats": ["pytorch"], "engines": [], "quantizations": [], "sizes_in_billions": [], "activated_sizes_in_billions": [], "size_buckets": [], "context_length": null, "context_buckets": [], "dimensions": null, "architectures": [], "hubs": ["huggingface", "modelscope"], "source_ids": ["PaddlePaddle/PaddleOCR-VL"], "virtualenv_packages": ["pillow==11.3.0", "transformers==4.55.0", "#system_numpy#", "#system_torch#"], "featured": false, "updated_at": 1766387632}','paddleocr-vl
ocr
ocr
pytorch
paddlepaddle/paddleocr-vl',NULL,8,'1.1');
INSERT INTO "models_registry_registeredmodel" VALUES(9,'audio','Belle-whisper-large-v3-zh','belle-whisper-large-v3-zh','public',NULL,'2026-11-28 21:23:13.519049','2026-11-28 21:23:13.526752',0,'',NULL,'2026-07-13 03:12:01','{"name": "Belle-whisper-large-v3-zh", "description": "", "family": "whisper", "abilities": ["audio2text"], "languages": [], "formats": ["pytorch"], "engines": ["PyTorch"], "quantizations": [], "sizes_in_billions": [], "activated_sizes_in_billions": [], "size_buckets": [], "context_length": null, "context_buckets": [], "dimensions": null, "architectures": [], "hubs": ["huggingface", "modelscope"], "source_ids": ["BELLE-2/Belle-whisper-large-v3-zh", "Xorbits/Belle-whisper-large-v3-zh"], "virtualenv_packages": ["transformers", "accelerate", "#system_torch#", "#system_numpy#"], "featured": false, "updated_at": 1783912321}','belle-whisper-large-v3-zh
whisper
audio2text
pytorch
pytorch
belle-2/belle-whisper-large-v3-zh
xorbits/belle-whisper-large-v3-zh',NULL,9,'1.1');
INSERT INTO "models_registry_registeredmodel" VALUES(10,'audio','Kokoro-82M-v1.1-zh','kokoro-82m-v1.1-zh','public',NULL,'2026-11-28 21:23:13.530310','2026-11-28 21:23:13.544044',0,'',NULL,'2026-07-13 03:13:12','{"name": "Kokoro-82M-v1.1-zh", "description": "", "family": "Kokoro-zh", "abilities": ["text2audio", "text2audio_zero_shot"], "languages": [], "formats": ["pytorch"], "engines": ["PyTorch"], "quantizations": [], "sizes_in_billions": [], "activated_sizes_in_billions": [], "size_buckets": [], "context_length": null, "context_buckets": [], "dimensions": null, "architectures": [], "hubs": ["huggingface", "modelscope"], "source_ids": ["hexgrad/Kokoro-82M-v1.1-zh", "AI-ModelScope/Kokoro-82M-v1.1-zh"], "virtualenv_packages": ["kokoro>=0.7.15", "misaki[en,zh]>=0.7.15", "soundfile", "#system_torch#", "#system_numpy#"], "featured": false, "updated_at": 1783912392}','kokoro-82m-v1.1-zh
kokoro-zh
text2audio
text2audio_zero_shot
pytorch
pytorch
hexgrad/kokoro-82m-v1.1-zh
ai-modelscope/kokoro-82m-v1.1-zh',NULL,10,'1.1');
INSERT INTO "models_registry_registeredmodel" VALUES(11,'video','CogVideoX-2b','cogvideox-2b','public',NULL,'2026-11-28 21:23:13.927384','2026-11-28 21:23:13.947688',0,'',NULL,'2026-07-13 02:55:54','{"name": "CogVideoX-2b", "description": "", "family": "CogVideoX", "abilities": ["text2video"], "languages": [], "formats": ["diffusers"], "engines": ["Diffusers"], "quantizations": [], "sizes_in_billions": [], "activated_sizes_in_billions": [], "size_buckets": [], "context_length": null, "context_buckets": [], "dimensions": null, "architectures": [], "hubs": ["huggingface", "modelscope"], "source_ids": ["THUDM/CogVideoX-2b", "ZhipuAI/CogVideoX-2b"], "virtualenv_packages": ["diffusers>=0.33.0 ; #engine# == \"diffusers\"", "ftfy", "imageio-ffmpeg", "imageio", "#system_numpy#"], "featured": false, "updated_at": 1783911354}','cogvideox-2b
cogvideox
text2video
diffusers
diffusers
thudm/cogvideox-2b
zhipuai/cogvideox-2b',NULL,11,'1.1');
INSERT INTO "models_registry_registeredmodel" VALUES(12,'video','CogVideoX-5b','cogvideox-5b','public',NULL,'2026-11-28 21:23:13.951712','2026-11-28 21:23:13.962952',0,'',NULL,'2026-07-13 03:05:54','{"name": "CogVideoX-5b", "description": "", "family": "CogVideoX", "abilities": ["text2video"], "languages": [], "formats": ["diffusers"], "engines": ["Diffusers"], "quantizations": [], "sizes_in_billions": [], "activated_sizes_in_billions": [], "size_buckets": [], "context_length": null, "context_buckets": [], "dimensions": null, "architectures": [], "hubs": ["huggingface", "modelscope"], "source_ids": ["THUDM/CogVideoX-5b", "ZhipuAI/CogVideoX-5b"], "virtualenv_packages": ["diffusers>=0.33.0 ; #engine# == \"diffusers\"", "ftfy", "imageio-ffmpeg", "imageio", "#system_numpy#"], "featured": false, "updated_at": 1783911954}','cogvideox-5b
cogvideox
text2video
diffusers
diffusers
thudm/cogvideox-5b
zhipuai/cogvideox-5b',NULL,12,'1.1');
INSERT INTO "models_registry_registeredmodel" VALUES(13,'world','HY-WorldPlay-5B','hy-worldplay-5b','public',NULL,'2026-11-28 21:23:14.319656','2026-11-28 21:23:14.323639',0,'A 5B autoregressive world model from Tencent Hunyuan for long-horizon interactive video generation.',NULL,'2026-08-21 18:40:00','{"name": "HY-WorldPlay-5B", "description": "A 5B autoregressive world model from Tencent Hunyuan for long-horizon interactive video generation.", "family": "HY-WorldPlay", "abilities": ["image2world", "text2world"], "languages": [], "formats": ["pytorch"], "engines": ["PyTorch"], "quantizations": [], "sizes_in_billions": [], "activated_sizes_in_billions": [], "size_buckets": [], "context_length": null, "context_buckets": [], "dimensions": null, "architectures": [], "hubs": ["huggingface", "modelscope"], "source_ids": ["tencent/HY-WorldPlay", "Tencent-Hunyuan/HY-WorldPlay"], "virtualenv_packages": ["#system_torch# ; #engine# == \"pytorch\"", "#system_torchvision#", "peft==0.17.0", "einops==0.8.0", "loguru==0.7.3", "numpy==1.26.4", "pillow==11.3.0", "imageio==2.37.0", "imageio-ffmpeg==0.6.0", "omegaconf>=2.3.0", "diffusers==0.35.0", "safetensors==0.4.5", "qwen-vl-utils==0.0.8", "huggingface-hub==0.34.0", "transformers[accelerate,tiktoken]==4.56.0", "modelscope", "ninja", "pandas", "scipy", "protobuf", "moviepy==1.0.3", "cloudpickle", "ftfy", "remote-pdb", "sageattention"], "featured": false, "updated_at": 1787337600}','hy-worldplay-5b
a 5b autoregressive world model from tencent hunyuan for long-horizon interactive video generation.
hy-worldplay
image2world
text2world
pytorch
pytorch
tencent/hy-worldplay
tencent-hunyuan/hy-worldplay',NULL,13,'1.1');
INSERT INTO "models_registry_registeredmodel" VALUES(14,'world','Matrix-Game-3.0-5B','matrix-game-3.0-5b','public',NULL,'2026-11-28 21:23:14.327847','2026-11-28 21:23:14.339369',0,'A 5B image-conditioned interactive world model from Skywork AI.',NULL,'2026-08-21 18:40:00','{"name": "Matrix-Game-3.0-5B", "description": "A 5B image-conditioned interactive world model from Skywork AI.", "family": "Matrix-Game-3.0", "abilities": ["image2world"], "languages": [], "formats": ["pytorch"], "engines": ["PyTorch"], "quantizations": [], "sizes_in_billions": [], "activated_sizes_in_billions": [], "size_buckets": [], "context_length": null, "context_buckets": [], "dimensions": null, "architectures": [], "hubs": ["huggingface", "modelscope"], "source_ids": ["Skywork/Matrix-Game-3.0"], "virtualenv_packages": ["torch==2.10.0 ; #engine# == \"pytorch\"", "torchvision==0.25.0", "torchaudio==2.10.0", "opencv-python==4.10.0.84", "diffusers>=0.36.0", "transformers==4.57.3", "tokenizers>=0.20.3", "accelerate>=1.1.1", "tqdm", "imageio[ffmpeg]", "easydict", "ftfy", "imageio-ffmpeg", "numpy==2.2.6", "scipy", "einops", "pandas", "decord==0.6.0 ; platform_machine == \"x86_64\"", "decord2==3.4.0 ; platform_machine == \"aarch64\"", "tensorboard", "trimesh", "safetensors==0.7.0"], "featured": false, "updated_at": 1787337600}','matrix-game-3.0-5b
a 5b image-conditioned interactive world model from skywork ai.
matrix-game-3.0
image2world
pytorch
pytorch
skywork/matrix-game-3.0',NULL,14,'1.1');
INSERT INTO "models_registry_registeredmodel" VALUES(15,'llm','ada-private','ada-private','private',NULL,'2026-11-28 21:23:14.445125','2026-11-28 21:23:14.448011',0,'ada-private is a small language model.',32768,'2026-11-28 21:23:14','{"name": "ada-private", "description": "ada-private is a small language model.", "family": null, "abilities": ["chat", "tools"], "languages": ["en", "zh"], "formats": ["pytorch"], "engines": ["Transformers"], "quantizations": ["none"], "sizes_in_billions": [0.6], "activated_sizes_in_billions": [], "size_buckets": ["lt-1b"], "context_length": 32768, "context_buckets": ["8k", "32k"], "dimensions": null, "architectures": ["Qwen3ForCausalLM"], "hubs": ["huggingface"], "source_ids": ["example/ada-private"], "virtualenv_packages": [], "featured": false, "updated_at": 1795900994}','ada-private
ada-private is a small language model.
chat
tools
en
zh
pytorch
transformers
example/ada-private
qwen3forcausallm',2,15,'1.1');
INSERT INTO "models_registry_registeredmodel" VALUES(16,'llm','ada-public','ada-public','public',NULL,'2026-11-28 21:23:14.454666','2026-11-28 21:23:16.058556',0,'',NULL,NULL,'{}','',2,NULL,'');
INSERT INTO "models_registry_registeredmodel" VALUES(17,'image','ada-image','ada-image','public',NULL,'2026-11-28 21:23:16.140753','2026-11-28 21:23:16.180128',0,'',NULL,NULL,'{}','',2,NULL,'');
CREATE TABLE "models_registry_registeredmodelgroupobjectpermission" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "content_object_id" bigint NOT NULL REFERENCES "models_registry_registeredmodel" ("id") DEFERRABLE INITIALLY DEFERRED, "group_id" integer NOT NULL REFERENCES "auth_group" ("id") DEFERRABLE INITIALLY DEFERRED, "permission_id" integer NOT NULL REFERENCES "auth_permission" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "models_registry_registeredmodeluserobjectpermission" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "content_object_id" bigint NOT NULL REFERENCES "models_registry_registeredmodel" ("id") DEFERRABLE INITIALLY DEFERRED, "permission_id" integer NOT NULL REFERENCES "auth_permission" ("id") DEFERRABLE INITIALLY DEFERRED, "user_id" bigint NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "models_registry_revision" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "number" integer unsigned NOT NULL CHECK ("number" >= 0), "state" varchar(20) NOT NULL, "definition" text NOT NULL, "readme" text NOT NULL, "readme_origin" varchar(12) NOT NULL, "visibility" varchar(12) NOT NULL, "message" varchar(500) NOT NULL, "author_name" varchar(150) NOT NULL, "created_at" datetime NOT NULL, "published_at" datetime NULL, "loading_problems" text NOT NULL CHECK ((JSON_VALID("loading_problems") OR "loading_problems" IS NULL)), "author_id" bigint NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "model_id" bigint NOT NULL REFERENCES "models_registry_registeredmodel" ("id") DEFERRABLE INITIALLY DEFERRED, "base_id" bigint NULL REFERENCES "models_registry_revision" ("id") DEFERRABLE INITIALLY DEFERRED, "proposal_id" bigint NULL REFERENCES "models_registry_revision" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "revision_number_per_model" UNIQUE ("model_id", "number"), CONSTRAINT "revision_state_known" CHECK ("state" IN ('proposed', 'changes_requested', 'published', 'superseded', 'rejected', 'withdrawn')));
INSERT INTO "models_registry_revision" VALUES(1,1,'superseded','[
  {
    "version": 2,
    "context_length": 1024,
    "model_name": "gpt-2",
    "model_lang": [
      "en"
    ],
    "model_ability": [
      "generate"
    ],
    "model_description": "GPT-2 is a Transformer-based LLM that is trained on WebTest, a 40 GB dataset of Reddit posts with 3+ upvotes.",
    "model_specs": [
      {
        "model_format": "pytorch",
        "model_size_in_billions": "1_5",
        "model_src": {
          "huggingface": {
            "quantizations": [
              "none"
            ],
            "model_id": "openai-community/gpt2",
            "model_revision": "607a30d783dfa663caf39e06633721c8d4cfcd7e"
          }
        }
      }
    ],
    "updated_at": 1769418472,
    "featured": false,
    "architectures": [
      "GPT2LMHeadModel"
    ],
    "model_type": "gpt2",
    "virtualenv": {
      "packages": [
        "#transformers_dependencies# ; #engine# == \"Transformers\"",
        "#vllm_dependencies# ; #engine# == \"vllm\"",
        "#system_numpy# ; #engine# == \"vllm\""
      ]
    }
  }
]
','*This README was generated from the model''s definition.*

# gpt-2

GPT-2 is a Transformer-based LLM that is trained on WebTest, a 40 GB dataset of Reddit posts with 3+ upvotes.

## Overview

| Property | Value |
|---|---|
| Type | llm |
| Abilities | generate |
| Languages | en |
| Context length | 1,024 tokens |
| Sizes | 1.5B |
| Formats | pytorch |
| Engines | Transformers, vLLM |

## Variants

| Format | Size | Quantizations | Engine | Sources |
|---|---|---|---|---|
| pytorch | 1.5B | none | – | Hugging Face: [openai-community/gpt2](<https://huggingface.co/openai-community/gpt2>) |

## Packages

With virtual environments switched on, Xinference installs these packages for the model (`#engine#` markers tell for which engine):

```text
#transformers_dependencies# ; #engine# == "Transformers"
#vllm_dependencies# ; #engine# == "vllm"
#system_numpy# ; #engine# == "vllm"
```

## Launch

On the command line of a machine with Xinference:

```bash
xinference launch \
  --model-name gpt-2 \
  --model-type LLM \
  --model-engine Transformers \
  --size-in-billions 1_5 \
  --model-format pytorch \
  --quantization none
```

Other formats, sizes and quantizations are in the table above; this lists the engines that your server can run the model with:

```bash
xinference engine --model-name gpt-2
```

From Python:

```python
from xinference.client import Client

client = Client("http://localhost:9997")
model_uid = client.launch_model(
    model_name="gpt-2",
    model_type="LLM",
    model_engine="Transformers",
    model_size_in_billions="1_5",
    model_format="pytorch",
    quantization="none",
)
model = client.get_model(model_uid)

answer = model.generate(prompt="The largest animal is")
print(answer["choices"][0]["text"])
```

Over HTTP, once it runs:

```bash
curl http://localhost:9997/v1/completions \
  -H ''Content-Type: application/json'' \
  -d ''{
  "model": "gpt-2",
  "prompt": "The largest animal is"
}''
```
','generated','public','Imported from dir:/tmp/minicat','upstream','2026-11-28 21:23:12.257224','2026-11-28 21:23:12.257614','[]',NULL,1,NULL,NULL);
INSERT INTO "models_registry_revision" VALUES(2,1,'published','[
  {
    "version": 2,
    "context_length": 2048,
    "model_name": "opt",
    "model_lang": [
      "en"
    ],
    "model_ability": [
      "generate"
    ],
    "model_description": "Opt is an open-source, decoder-only, Transformer based LLM that was designed to replicate GPT-3.",
    "model_specs": [
      {
        "model_format": "pytorch",
        "model_size_in_billions": 1,
        "model_src": {
          "huggingface": {
            "quantizations": [
              "none"
            ],
            "model_id": "facebook/opt-125m",
            "model_revision": "3d2b5f275bdf882b8775f902e1bfdb790e2cfc32",
            "model_metadata": {
              "vocab_size": 50272,
              "num_attention_heads": 12,
              "config_source": "https://huggingface.co/facebook/opt-125m/resolve/3d2b5f275bdf882b8775f902e1bfdb790e2cfc32/config.json",
              "config_sha256": "54162c9cd0377110df1859dfabebb106fc0988c8aadb88207ce1ee0d34985df6",
              "hidden_size": 768,
              "intermediate_size": 3072,
              "num_hidden_layers": 12
            }
          }
        }
      }
    ],
    "updated_at": 1769418477,
    "featured": false,
    "architectures": [
      "OPTForCausalLM"
    ],
    "model_type": "opt",
    "virtualenv": {
      "packages": [
        "#transformers_dependencies# ; #engine# == \"Transformers\"",
        "#vllm_dependencies# ; #engine# == \"vllm\"",
        "#system_numpy# ; #engine# == \"vllm\""
      ]
    }
  }
]
','*This README was generated from the model''s definition.*

# opt

Opt is an open-source, decoder-only, Transformer based LLM that was designed to replicate GPT-3.

## Overview

| Property | Value |
|---|---|
| Type | llm |
| Abilities | generate |
| Languages | en |
| Context length | 2,048 tokens |
| Sizes | 1B |
| Formats | pytorch |
| Engines | Transformers, vLLM |

## Variants

| Format | Size | Quantizations | Engine | Sources |
|---|---|---|---|---|
| pytorch | 1B | none | – | Hugging Face: [facebook/opt-125m](<https://huggingface.co/facebook/opt-125m>) |

## Packages

With virtual environments switched on, Xinference installs these packages for the model (`#engine#` markers tell for which engine):

```text
#transformers_dependencies# ; #engine# == "Transformers"
#vllm_dependencies# ; #engine# == "vllm"
#system_numpy# ; #engine# == "vllm"
```

## Launch

On the command line of a machine with Xinference:

```bash
xinference launch \
  --model-name opt \
  --model-type LLM \
  --model-engine Transformers \
  --size-in-billions 1 \
  --model-format pytorch \
  --quantization none
```

Other formats, sizes and quantizations are in the table above; this lists the engines that your server can run the model with:

```bash
xinference engine --model-name opt
```

From Python:

```python
from xinference.client import Client

client = Client("http://localhost:9997")
model_uid = client.launch_model(
    model_name="opt",
    model_type="LLM",
    model_engine="Transformers",
    model_size_in_billions=1,
    model_format="pytorch",
    quantization="none",
)
model = client.get_model(model_uid)

answer = model.generate(prompt="The largest animal is")
print(answer["choices"][0]["text"])
```

Over HTTP, once it runs:

```bash
curl http://localhost:9997/v1/completions \
  -H ''Content-Type: application/json'' \
  -d ''{
  "model": "opt",
  "prompt": "The largest animal is"
}''
```
','generated','public','Imported from dir:/tmp/minicat','upstream','2026-11-28 21:23:12.286050','2026-11-28 21:23:12.286339','[]',NULL,2,NULL,NULL);
INSERT INTO "models_registry_revision" VALUES(3,1,'published','[
  {
    "version": 2,
    "model_name": "R3-embedding-0.6b",
    "dimensions": 1024,
    "max_tokens": 32768,
    "language": [
      "en",
      "zh"
    ],
    "model_specs": [
      {
        "model_format": "pytorch",
        "model_src": {
          "huggingface": {
            "model_id": "tencent/R3-embedding-0.6b",
            "quantizations": [
              "none"
            ]
          },
          "modelscope": {
            "model_id": "Tencent-Hunyuan/R3-embedding-0.6b",
            "quantizations": [
              "none"
            ]
          }
        }
      }
    ],
    "updated_at": 1785775911,
    "featured": false,
    "virtualenv": {
      "packages": [
        "#sentence_transformers_dependencies# ; #engine# == \"sentence_transformers\"",
        "#system_torchvision# ; #engine# == \"sentence_transformers\"",
        "#system_torch# ; #engine# == \"sentence_transformers\""
      ]
    }
  }
]
','*This README was generated from the model''s definition.*

# R3-embedding-0.6b

R3-embedding-0.6b is an embedding model. It can do: embed.

## Overview

| Property | Value |
|---|---|
| Type | embedding |
| Abilities | embed |
| Languages | en, zh |
| Maximum input | 32,768 tokens |
| Dimensions | 1,024 |
| Formats | pytorch |
| Engines | sentence_transformers |

## Variants

| Format | Size | Quantizations | Engine | Sources |
|---|---|---|---|---|
| pytorch | – | none | – | Hugging Face: [tencent/R3-embedding-0.6b](<https://huggingface.co/tencent/R3-embedding-0.6b>); ModelScope: [Tencent-Hunyuan/R3-embedding-0.6b](<https://www.modelscope.cn/models/Tencent-Hunyuan/R3-embedding-0.6b>) |

## Packages

With virtual environments switched on, Xinference installs these packages for the model (`#engine#` markers tell for which engine):

```text
#sentence_transformers_dependencies# ; #engine# == "sentence_transformers"
#system_torchvision# ; #engine# == "sentence_transformers"
#system_torch# ; #engine# == "sentence_transformers"
```

## Launch

On the command line of a machine with Xinference:

```bash
xinference launch \
  --model-name R3-embedding-0.6b \
  --model-type embedding \
  --model-engine sentence_transformers \
  --model-format pytorch \
  --quantization none
```

From Python:

```python
from xinference.client import Client

client = Client("http://localhost:9997")
model_uid = client.launch_model(
    model_name="R3-embedding-0.6b",
    model_type="embedding",
    model_engine="sentence_transformers",
    model_format="pytorch",
    quantization="none",
)
model = client.get_model(model_uid)

result = model.create_embedding("What is the capital of China?")
print(result["data"][0]["embedding"])
```

Over HTTP, once it runs:

```bash
curl http://localhost:9997/v1/embeddings \
  -H ''Content-Type: application/json'' \
  -d ''{
  "model": "R3-embedding-0.6b",
  "input": "What is the capital of China?"
}''
```
','generated','public','Imported from dir:/tmp/minicat','upstream','2026-11-28 21:23:12.643690','2026-11-28 21:23:12.643983','[]',NULL,3,NULL,NULL);
INSERT INTO "models_registry_revision" VALUES(4,1,'published','[
  {
    "version": 2,
    "model_name": "text2vec-base-multilingual",
    "dimensions": 384,
    "max_tokens": 256,
    "language": [
      "zh"
    ],
    "model_specs": [
      {
        "model_format": "pytorch",
        "model_src": {
          "huggingface": {
            "model_id": "shibing624/text2vec-base-multilingual",
            "model_revision": "f241877385fa56ebcc75f04d1850e1579cfa661d",
            "quantizations": [
              "none"
            ]
          }
        }
      }
    ],
    "updated_at": 1784543821,
    "featured": false,
    "virtualenv": {
      "packages": [
        "#sentence_transformers_dependencies# ; #engine# == \"sentence_transformers\"",
        "#system_torchvision# ; #engine# == \"sentence_transformers\"",
        "#system_torch# ; #engine# == \"sentence_transformers\"",
        "#vllm_dependencies# ; #engine# == \"vllm\"",
        "#system_numpy# ; #engine# == \"vllm\""
      ]
    }
  }
]
','*This README was generated from the model''s definition.*

# text2vec-base-multilingual

text2vec-base-multilingual is an embedding model. It can do: embed.

## Overview

| Property | Value |
|---|---|
| Type | embedding |
| Abilities | embed |
| Languages | zh |
| Maximum input | 256 tokens |
| Dimensions | 384 |
| Formats | pytorch |
| Engines | sentence_transformers, vLLM |

## Variants

| Format | Size | Quantizations | Engine | Sources |
|---|---|---|---|---|
| pytorch | – | none | – | Hugging Face: [shibing624/text2vec-base-multilingual](<https://huggingface.co/shibing624/text2vec-base-multilingual>) |

## Packages

With virtual environments switched on, Xinference installs these packages for the model (`#engine#` markers tell for which engine):

```text
#sentence_transformers_dependencies# ; #engine# == "sentence_transformers"
#system_torchvision# ; #engine# == "sentence_transformers"
#system_torch# ; #engine# == "sentence_transformers"
#vllm_dependencies# ; #engine# == "vllm"
#system_numpy# ; #engine# == "vllm"
```

## Launch

On the command line of a machine with Xinference:

```bash
xinference launch \
  --model-name text2vec-base-multilingual \
  --model-type embedding \
  --model-engine sentence_transformers \
  --model-format pytorch \
  --quantization none
```

From Python:

```python
from xinference.client import Client

client = Client("http://localhost:9997")
model_uid = client.launch_model(
    model_name="text2vec-base-multilingual",
    model_type="embedding",
    model_engine="sentence_transformers",
    model_format="pytorch",
    quantization="none",
)
model = client.get_model(model_uid)

result = model.create_embedding("What is the capital of China?")
print(result["data"][0]["embedding"])
```

Over HTTP, once it runs:

```bash
curl http://localhost:9997/v1/embeddings \
  -H ''Content-Type: application/json'' \
  -d ''{
  "model": "text2vec-base-multilingual",
  "input": "What is the capital of China?"
}''
```
','generated','public','Imported from dir:/tmp/minicat','upstream','2026-11-28 21:23:12.669945','2026-11-28 21:23:12.670196','[]',NULL,4,NULL,NULL);
INSERT INTO "models_registry_revision" VALUES(5,1,'published','[
  {
    "version": 2,
    "model_name": "jina-reranker-v3.5",
    "type": "normal",
    "language": [
      "en",
      "zh",
      "multilingual"
    ],
    "max_tokens": 131072,
    "model_specs": [
      {
        "model_format": "pytorch",
        "model_src": {
          "huggingface": {
            "model_id": "jinaai/jina-reranker-v3.5",
            "quantizations": [
              "none"
            ]
          },
          "modelscope": {
            "model_id": "jinaai/jina-reranker-v3.5",
            "quantizations": [
              "none"
            ]
          }
        }
      }
    ],
    "updated_at": 1785817121,
    "featured": true,
    "virtualenv": {
      "packages": [
        "#sentence_transformers_dependencies# ; #engine# == \"sentence_transformers\"",
        "#system_torchvision# ; #engine# == \"sentence_transformers\"",
        "#system_torch# ; #engine# == \"sentence_transformers\""
      ]
    }
  }
]
','*This README was generated from the model''s definition.*

# jina-reranker-v3.5

jina-reranker-v3.5 is a reranking model. It can do: rerank.

## Overview

| Property | Value |
|---|---|
| Type | rerank |
| Abilities | rerank |
| Languages | en, multilingual, zh |
| Maximum input | 131,072 tokens |
| Formats | pytorch |
| Engines | sentence_transformers |

## Variants

| Format | Size | Quantizations | Engine | Sources |
|---|---|---|---|---|
| pytorch | – | none | – | Hugging Face: [jinaai/jina-reranker-v3.5](<https://huggingface.co/jinaai/jina-reranker-v3.5>); ModelScope: [jinaai/jina-reranker-v3.5](<https://www.modelscope.cn/models/jinaai/jina-reranker-v3.5>) |

## Packages

With virtual environments switched on, Xinference installs these packages for the model (`#engine#` markers tell for which engine):

```text
#sentence_transformers_dependencies# ; #engine# == "sentence_transformers"
#system_torchvision# ; #engine# == "sentence_transformers"
#system_torch# ; #engine# == "sentence_transformers"
```

## Launch

On the command line of a machine with Xinference:

```bash
xinference launch \
  --model-name jina-reranker-v3.5 \
  --model-type rerank \
  --model-engine sentence_transformers \
  --model-format pytorch \
  --quantization none
```

From Python:

```python
from xinference.client import Client

client = Client("http://localhost:9997")
model_uid = client.launch_model(
    model_name="jina-reranker-v3.5",
    model_type="rerank",
    model_engine="sentence_transformers",
    model_format="pytorch",
    quantization="none",
)
model = client.get_model(model_uid)

result = model.rerank(
    documents=["A man is eating food.", "The girl is carrying a baby."],
    query="A man is eating pasta.",
)
print(result["results"])
```

Over HTTP, once it runs:

```bash
curl http://localhost:9997/v1/rerank \
  -H ''Content-Type: application/json'' \
  -d ''{
  "model": "jina-reranker-v3.5",
  "query": "A man is eating pasta.",
  "documents": [
    "A man is eating food.",
    "The girl is carrying a baby."
  ]
}''
```
','generated','public','Imported from dir:/tmp/minicat','upstream','2026-11-28 21:23:12.913957','2026-11-28 21:23:12.914260','[]',NULL,5,NULL,NULL);
INSERT INTO "models_registry_revision" VALUES(6,1,'published','[
  {
    "version": 2,
    "model_name": "R3-rerank-0.6b",
    "type": "normal",
    "language": [
      "en",
      "zh"
    ],
    "max_tokens": 40960,
    "model_specs": [
      {
        "model_format": "pytorch",
        "model_src": {
          "huggingface": {
            "model_id": "tencent/R3-rerank-0.6b",
            "quantizations": [
              "none"
            ]
          },
          "modelscope": {
            "model_id": "Tencent-Hunyuan/R3-rerank-0.6b",
            "quantizations": [
              "none"
            ]
          }
        }
      }
    ],
    "updated_at": 1785775986,
    "featured": false,
    "virtualenv": {
      "packages": [
        "#sentence_transformers_dependencies# ; #engine# == \"sentence_transformers\"",
        "#system_torchvision# ; #engine# == \"sentence_transformers\"",
        "#system_torch# ; #engine# == \"sentence_transformers\""
      ]
    }
  }
]
','*This README was generated from the model''s definition.*

# R3-rerank-0.6b

R3-rerank-0.6b is a reranking model. It can do: rerank.

## Overview

| Property | Value |
|---|---|
| Type | rerank |
| Abilities | rerank |
| Languages | en, zh |
| Maximum input | 40,960 tokens |
| Formats | pytorch |
| Engines | sentence_transformers |

## Variants

| Format | Size | Quantizations | Engine | Sources |
|---|---|---|---|---|
| pytorch | – | none | – | Hugging Face: [tencent/R3-rerank-0.6b](<https://huggingface.co/tencent/R3-rerank-0.6b>); ModelScope: [Tencent-Hunyuan/R3-rerank-0.6b](<https://www.modelscope.cn/models/Tencent-Hunyuan/R3-rerank-0.6b>) |

## Packages

With virtual environments switched on, Xinference installs these packages for the model (`#engine#` markers tell for which engine):

```text
#sentence_transformers_dependencies# ; #engine# == "sentence_transformers"
#system_torchvision# ; #engine# == "sentence_transformers"
#system_torch# ; #engine# == "sentence_transformers"
```

## Launch

On the command line of a machine with Xinference:

```bash
xinference launch \
  --model-name R3-rerank-0.6b \
  --model-type rerank \
  --model-engine sentence_transformers \
  --model-format pytorch \
  --quantization none
```

From Python:

```python
from xinference.client import Client

client = Client("http://localhost:9997")
model_uid = client.launch_model(
    model_name="R3-rerank-0.6b",
    model_type="rerank",
    model_engine="sentence_transformers",
    model_format="pytorch",
    quantization="none",
)
model = client.get_model(model_uid)

result = model.rerank(
    documents=["A man is eating food.", "The girl is carrying a baby."],
    query="A man is eating pasta.",
)
print(result["results"])
```

Over HTTP, once it runs:

```bash
curl http://localhost:9997/v1/rerank \
  -H ''Content-Type: application/json'' \
  -d ''{
  "model": "R3-rerank-0.6b",
  "query": "A man is eating pasta.",
  "documents": [
    "A man is eating food.",
    "The girl is carrying a baby."
  ]
}''
```
','generated','public','Imported from dir:/tmp/minicat','upstream','2026-11-28 21:23:12.931837','2026-11-28 21:23:12.932105','[]',NULL,6,NULL,NULL);
INSERT INTO "models_registry_revision" VALUES(7,1,'published','[
  {
    "version": 2,
    "model_name": "PaddleOCR-VL-1.6",
    "model_family": "ocr",
    "model_ability": [
      "ocr"
    ],
    "virtualenv": {
      "packages": [
        "pillow==11.3.0",
        "transformers==4.55.0",
        "#system_numpy#",
        "#system_torch#"
      ]
    },
    "model_src": {
      "huggingface": {
        "model_id": "PaddlePaddle/PaddleOCR-VL-1.6",
        "model_revision": "main"
      },
      "modelscope": {
        "model_id": "PaddlePaddle/PaddleOCR-VL-1.6",
        "model_revision": "master"
      }
    },
    "featured": true,
    "updated_at": 1781512046
  }
]
','*This README was generated from the model''s definition.*

# PaddleOCR-VL-1.6

PaddleOCR-VL-1.6 is an image model of the ocr family. It can do: ocr.

## Overview

| Property | Value |
|---|---|
| Type | image |
| Family | ocr |
| Abilities | ocr |
| Formats | pytorch |

## Variants

| Format | Size | Quantizations | Engine | Sources |
|---|---|---|---|---|
| pytorch | – | – | – | Hugging Face: [PaddlePaddle/PaddleOCR-VL-1.6](<https://huggingface.co/PaddlePaddle/PaddleOCR-VL-1.6>); ModelScope: [PaddlePaddle/PaddleOCR-VL-1.6](<https://www.modelscope.cn/models/PaddlePaddle/PaddleOCR-VL-1.6>) |

## Packages

With virtual environments switched on, Xinference installs these packages for the model (`#engine#` markers tell for which engine):

```text
pillow==11.3.0
transformers==4.55.0
#system_numpy#
#system_torch#
```

## Launch

On the command line of a machine with Xinference:

```bash
xinference launch \
  --model-name PaddleOCR-VL-1.6 \
  --model-type image
```

From Python:

```python
from xinference.client import Client

client = Client("http://localhost:9997")
model_uid = client.launch_model(
    model_name="PaddleOCR-VL-1.6",
    model_type="image",
)
model = client.get_model(model_uid)

with open("input.png", "rb") as file:
    image = file.read()
print(model.ocr(image))
```

Over HTTP, once it runs:

```bash
curl http://localhost:9997/v1/images/ocr \
  --form-string model=PaddleOCR-VL-1.6 \
  -F image=@input.png
```
','generated','public','Imported from dir:/tmp/minicat','upstream','2026-11-28 21:23:13.121263','2026-11-28 21:23:13.121520','[]',NULL,7,NULL,NULL);
INSERT INTO "models_registry_revision" VALUES(8,1,'published','[
  {
    "version": 2,
    "model_name": "PaddleOCR-VL",
    "model_family": "ocr",
    "model_ability": [
      "ocr"
    ],
    "virtualenv": {
      "packages": [
        "pillow==11.3.0",
        "transformers==4.55.0",
        "#system_numpy#",
        "#system_torch#"
      ]
    },
    "model_src": {
      "huggingface": {
        "model_id": "PaddlePaddle/PaddleOCR-VL",
        "model_revision": "main"
      },
      "modelscope": {
        "model_id": "PaddlePaddle/PaddleOCR-VL",
        "model_revision": "master"
      }
    },
    "updated_at": 1766387632,
    "featured": false
  }
]
','*This README was generated from the model''s definition.*

# PaddleOCR-VL

PaddleOCR-VL is an image model of the ocr family. It can do: ocr.

## Overview

| Property | Value |
|---|---|
| Type | image |
| Family | ocr |
| Abilities | ocr |
| Formats | pytorch |

## Variants

| Format | Size | Quantizations | Engine | Sources |
|---|---|---|---|---|
| pytorch | – | – | – | Hugging Face: [PaddlePaddle/PaddleOCR-VL](<https://huggingface.co/PaddlePaddle/PaddleOCR-VL>); ModelScope: [PaddlePaddle/PaddleOCR-VL](<https://www.modelscope.cn/models/PaddlePaddle/PaddleOCR-VL>) |

## Packages

With virtual environments switched on, Xinference installs these packages for the model (`#engine#` markers tell for which engine):

```text
pillow==11.3.0
transformers==4.55.0
#system_numpy#
#system_torch#
```

## Launch

On the command line of a machine with Xinference:

```bash
xinference launch \
  --model-name PaddleOCR-VL \
  --model-type image
```

From Python:

```python
from xinference.client import Client

client = Client("http://localhost:9997")
model_uid = client.launch_model(
    model_name="PaddleOCR-VL",
    model_type="image",
)
model = client.get_model(model_uid)

with open("input.png", "rb") as file:
    image = file.read()
print(model.ocr(image))
```

Over HTTP, once it runs:

```bash
curl http://localhost:9997/v1/images/ocr \
  --form-string model=PaddleOCR-VL \
  -F image=@input.png
```
','generated','public','Imported from dir:/tmp/minicat','upstream','2026-11-28 21:23:13.137942','2026-11-28 21:23:13.138264','[]',NULL,8,NULL,NULL);
INSERT INTO "models_registry_revision" VALUES(9,1,'published','[
  {
    "version": 2,
    "model_name": "Belle-whisper-large-v3-zh",
    "model_family": "whisper",
    "model_ability": [
      "audio2text"
    ],
    "multilingual": false,
    "model_src": {
      "huggingface": {
        "model_id": "BELLE-2/Belle-whisper-large-v3-zh",
        "model_revision": "3bebc7247696b39f5ab9ed22db426943ac33f600"
      },
      "modelscope": {
        "model_id": "Xorbits/Belle-whisper-large-v3-zh",
        "model_revision": "master"
      }
    },
    "updated_at": 1783912321,
    "featured": false,
    "virtualenv": {
      "packages": [
        "transformers",
        "accelerate",
        "#system_torch#",
        "#system_numpy#"
      ]
    }
  }
]
','*This README was generated from the model''s definition.*

# Belle-whisper-large-v3-zh

Belle-whisper-large-v3-zh is an audio model of the whisper family. It can do: audio2text.

## Overview

| Property | Value |
|---|---|
| Type | audio |
| Family | whisper |
| Abilities | audio2text |
| Formats | pytorch |
| Engines | PyTorch |

## Variants

| Format | Size | Quantizations | Engine | Sources |
|---|---|---|---|---|
| pytorch | – | – | – | Hugging Face: [BELLE-2/Belle-whisper-large-v3-zh](<https://huggingface.co/BELLE-2/Belle-whisper-large-v3-zh>); ModelScope: [Xorbits/Belle-whisper-large-v3-zh](<https://www.modelscope.cn/models/Xorbits/Belle-whisper-large-v3-zh>) |

## Packages

With virtual environments switched on, Xinference installs these packages for the model (`#engine#` markers tell for which engine):

```text
transformers
accelerate
#system_torch#
#system_numpy#
```

## Launch

On the command line of a machine with Xinference:

```bash
xinference launch \
  --model-name Belle-whisper-large-v3-zh \
  --model-type audio
```

From Python:

```python
from xinference.client import Client

client = Client("http://localhost:9997")
model_uid = client.launch_model(
    model_name="Belle-whisper-large-v3-zh",
    model_type="audio",
)
model = client.get_model(model_uid)

with open("audio.wav", "rb") as file:
    audio = file.read()
result = model.transcriptions(audio)
print(result["text"])
```

Over HTTP, once it runs:

```bash
curl http://localhost:9997/v1/audio/transcriptions \
  --form-string model=Belle-whisper-large-v3-zh \
  -F file=@audio.wav
```
','generated','public','Imported from dir:/tmp/minicat','upstream','2026-11-28 21:23:13.525489','2026-11-28 21:23:13.525808','[]',NULL,9,NULL,NULL);
INSERT INTO "models_registry_revision" VALUES(10,1,'published','[
  {
    "version": 2,
    "model_name": "Kokoro-82M-v1.1-zh",
    "model_family": "Kokoro-zh",
    "model_ability": [
      "text2audio",
      "text2audio_zero_shot"
    ],
    "multilingual": false,
    "model_src": {
      "huggingface": {
        "model_id": "hexgrad/Kokoro-82M-v1.1-zh"
      },
      "modelscope": {
        "model_id": "AI-ModelScope/Kokoro-82M-v1.1-zh",
        "model_revision": "master"
      }
    },
    "updated_at": 1783912392,
    "featured": false,
    "virtualenv": {
      "packages": [
        "kokoro>=0.7.15",
        "misaki[en,zh]>=0.7.15",
        "soundfile",
        "#system_torch#",
        "#system_numpy#"
      ]
    }
  }
]
','*This README was generated from the model''s definition.*

# Kokoro-82M-v1.1-zh

Kokoro-82M-v1.1-zh is an audio model of the Kokoro-zh family. It can do: text2audio, text2audio_zero_shot.

## Overview

| Property | Value |
|---|---|
| Type | audio |
| Family | Kokoro-zh |
| Abilities | text2audio, text2audio_zero_shot |
| Formats | pytorch |
| Engines | PyTorch |

## Variants

| Format | Size | Quantizations | Engine | Sources |
|---|---|---|---|---|
| pytorch | – | – | – | Hugging Face: [hexgrad/Kokoro-82M-v1.1-zh](<https://huggingface.co/hexgrad/Kokoro-82M-v1.1-zh>); ModelScope: [AI-ModelScope/Kokoro-82M-v1.1-zh](<https://www.modelscope.cn/models/AI-ModelScope/Kokoro-82M-v1.1-zh>) |

## Packages

With virtual environments switched on, Xinference installs these packages for the model (`#engine#` markers tell for which engine):

```text
kokoro>=0.7.15
misaki[en,zh]>=0.7.15
soundfile
#system_torch#
#system_numpy#
```

## Launch

On the command line of a machine with Xinference:

```bash
xinference launch \
  --model-name Kokoro-82M-v1.1-zh \
  --model-type audio
```

From Python:

```python
from xinference.client import Client

client = Client("http://localhost:9997")
model_uid = client.launch_model(
    model_name="Kokoro-82M-v1.1-zh",
    model_type="audio",
)
model = client.get_model(model_uid)

speech = model.speech(input="Hello, and welcome to Xinference.", voice="")
with open("speech.mp3", "wb") as file:
    file.write(speech)
```

Over HTTP, once it runs:

```bash
curl http://localhost:9997/v1/audio/speech \
  -H ''Content-Type: application/json'' \
  -d ''{
  "model": "Kokoro-82M-v1.1-zh",
  "input": "Hello, and welcome to Xinference.",
  "voice": ""
}'' \
  -o speech.mp3
```
','generated','public','Imported from dir:/tmp/minicat','upstream','2026-11-28 21:23:13.531681','2026-11-28 21:23:13.531900','[]',NULL,10,NULL,NULL);
INSERT INTO "models_registry_revision" VALUES(11,1,'published','[
  {
    "version": 2,
    "model_name": "CogVideoX-2b",
    "model_family": "CogVideoX",
    "engine": "diffusers",
    "model_format": "diffusers",
    "model_ability": [
      "text2video"
    ],
    "default_model_config": {
      "scheduler": "CogVideoXDDIMScheduler",
      "torch_dtype": "float16"
    },
    "default_generate_config": {
      "guidance_scale": 6
    },
    "virtualenv": {
      "packages": [
        "diffusers>=0.33.0 ; #engine# == \"diffusers\"",
        "ftfy",
        "imageio-ffmpeg",
        "imageio",
        "#system_numpy#"
      ]
    },
    "model_src": {
      "huggingface": {
        "model_id": "THUDM/CogVideoX-2b",
        "model_revision": "4bbfb1de622b80bc1b77b6e9aced75f816be0e38"
      },
      "modelscope": {
        "model_id": "ZhipuAI/CogVideoX-2b",
        "model_revision": "master"
      }
    },
    "updated_at": 1783911354,
    "featured": false
  }
]
','*This README was generated from the model''s definition.*

# CogVideoX-2b

CogVideoX-2b is a video model of the CogVideoX family. It can do: text2video.

## Overview

| Property | Value |
|---|---|
| Type | video |
| Family | CogVideoX |
| Abilities | text2video |
| Formats | diffusers |
| Engines | Diffusers |

## Variants

| Format | Size | Quantizations | Engine | Sources |
|---|---|---|---|---|
| diffusers | – | – | Diffusers | Hugging Face: [THUDM/CogVideoX-2b](<https://huggingface.co/THUDM/CogVideoX-2b>); ModelScope: [ZhipuAI/CogVideoX-2b](<https://www.modelscope.cn/models/ZhipuAI/CogVideoX-2b>) |

## Packages

With virtual environments switched on, Xinference installs these packages for the model (`#engine#` markers tell for which engine):

```text
diffusers>=0.33.0 ; #engine# == "diffusers"
ftfy
imageio-ffmpeg
imageio
#system_numpy#
```

## Launch

On the command line of a machine with Xinference:

```bash
xinference launch \
  --model-name CogVideoX-2b \
  --model-type video \
  --model-engine Diffusers
```

From Python:

```python
from xinference.client import Client

client = Client("http://localhost:9997")
model_uid = client.launch_model(
    model_name="CogVideoX-2b",
    model_type="video",
    model_engine="Diffusers",
)
model = client.get_model(model_uid)

result = model.text_to_video(prompt="A lighthouse at dawn, in watercolours")
print(result["data"][0]["url"])
```

Over HTTP, once it runs:

```bash
curl http://localhost:9997/v1/video/generations \
  -H ''Content-Type: application/json'' \
  -d ''{
  "model": "CogVideoX-2b",
  "prompt": "A lighthouse at dawn, in watercolours"
}''
```
','generated','public','Imported from dir:/tmp/minicat','upstream','2026-11-28 21:23:13.945694','2026-11-28 21:23:13.946368','[]',NULL,11,NULL,NULL);
INSERT INTO "models_registry_revision" VALUES(12,1,'published','[
  {
    "version": 2,
    "model_name": "CogVideoX-5b",
    "model_family": "CogVideoX",
    "engine": "diffusers",
    "model_format": "diffusers",
    "model_ability": [
      "text2video"
    ],
    "default_model_config": {
      "scheduler": "CogVideoXDPMScheduler",
      "torch_dtype": "bfloat16"
    },
    "default_generate_config": {
      "guidance_scale": 7
    },
    "virtualenv": {
      "packages": [
        "diffusers>=0.33.0 ; #engine# == \"diffusers\"",
        "ftfy",
        "imageio-ffmpeg",
        "imageio",
        "#system_numpy#"
      ]
    },
    "model_src": {
      "huggingface": {
        "model_id": "THUDM/CogVideoX-5b",
        "model_revision": "8d6ea3f817438460b25595a120f109b88d5fdfad"
      },
      "modelscope": {
        "model_id": "ZhipuAI/CogVideoX-5b",
        "model_revision": "master"
      }
    },
    "updated_at": 1783911954,
    "featured": false
  }
]
','*This README was generated from the model''s definition.*

# CogVideoX-5b

CogVideoX-5b is a video model of the CogVideoX family. It can do: text2video.

## Overview

| Property | Value |
|---|---|
| Type | video |
| Family | CogVideoX |
| Abilities | text2video |
| Formats | diffusers |
| Engines | Diffusers |

## Variants

| Format | Size | Quantizations | Engine | Sources |
|---|---|---|---|---|
| diffusers | – | – | Diffusers | Hugging Face: [THUDM/CogVideoX-5b](<https://huggingface.co/THUDM/CogVideoX-5b>); ModelScope: [ZhipuAI/CogVideoX-5b](<https://www.modelscope.cn/models/ZhipuAI/CogVideoX-5b>) |

## Packages

With virtual environments switched on, Xinference installs these packages for the model (`#engine#` markers tell for which engine):

```text
diffusers>=0.33.0 ; #engine# == "diffusers"
ftfy
imageio-ffmpeg
imageio
#system_numpy#
```

## Launch

On the command line of a machine with Xinference:

```bash
xinference launch \
  --model-name CogVideoX-5b \
  --model-type video \
  --model-engine Diffusers
```

From Python:

```python
from xinference.client import Client

client = Client("http://localhost:9997")
model_uid = client.launch_model(
    model_name="CogVideoX-5b",
    model_type="video",
    model_engine="Diffusers",
)
model = client.get_model(model_uid)

result = model.text_to_video(prompt="A lighthouse at dawn, in watercolours")
print(result["data"][0]["url"])
```

Over HTTP, once it runs:

```bash
curl http://localhost:9997/v1/video/generations \
  -H ''Content-Type: application/json'' \
  -d ''{
  "model": "CogVideoX-5b",
  "prompt": "A lighthouse at dawn, in watercolours"
}''
```
','generated','public','Imported from dir:/tmp/minicat','upstream','2026-11-28 21:23:13.961823','2026-11-28 21:23:13.962095','[]',NULL,12,NULL,NULL);
INSERT INTO "models_registry_revision" VALUES(13,1,'published','[
  {
    "version": 1,
    "model_name": "HY-WorldPlay-5B",
    "model_family": "HY-WorldPlay",
    "model_description": "A 5B autoregressive world model from Tencent Hunyuan for long-horizon interactive video generation.",
    "model_format": "pytorch",
    "model_ability": [
      "text2world",
      "image2world"
    ],
    "default_model_config": {},
    "default_generate_config": {
      "num_frames": 961,
      "num_inference_steps": 50,
      "pose": "w-16",
      "num_chunk": 4,
      "response_format": "url"
    },
    "source_url": "https://github.com/Tencent-Hunyuan/HY-WorldPlay.git",
    "source_revision": "1588e1336e842b03b0a7860c654ebd7c46bb065e",
    "auxiliary_model_id": "Wan-AI/Wan2.2-TI2V-5B-Diffusers",
    "auxiliary_model_revision": "b8fff7315c768468a5333511427288870b2e9635",
    "cache_config": {
      "allow_patterns": [
        "wan_transformer/*",
        "wan_distilled_model/*",
        "README.md",
        "License.txt"
      ]
    },
    "virtualenv": {
      "packages": [
        "#system_torch# ; #engine# == \"pytorch\"",
        "#system_torchvision#",
        "peft==0.17.0",
        "einops==0.8.0",
        "loguru==0.7.3",
        "numpy==1.26.4",
        "pillow==11.3.0",
        "imageio==2.37.0",
        "imageio-ffmpeg==0.6.0",
        "omegaconf>=2.3.0",
        "diffusers==0.35.0",
        "safetensors==0.4.5",
        "qwen-vl-utils==0.0.8",
        "huggingface-hub==0.34.0",
        "transformers[accelerate,tiktoken]==4.56.0",
        "modelscope",
        "ninja",
        "pandas",
        "scipy",
        "protobuf",
        "moviepy==1.0.3",
        "cloudpickle",
        "ftfy",
        "remote-pdb",
        "sageattention"
      ]
    },
    "model_src": {
      "huggingface": {
        "model_id": "tencent/HY-WorldPlay",
        "model_revision": "f4c29235647707b571479a69b569e4166f9f5bf8"
      },
      "modelscope": {
        "model_id": "Tencent-Hunyuan/HY-WorldPlay",
        "model_revision": "master",
        "auxiliary_model_revision": "master"
      }
    },
    "updated_at": 1787337600,
    "featured": false
  }
]
','*This README was generated from the model''s definition.*

# HY-WorldPlay-5B

A 5B autoregressive world model from Tencent Hunyuan for long-horizon interactive video generation.

## Overview

| Property | Value |
|---|---|
| Type | world |
| Family | HY-WorldPlay |
| Abilities | image2world, text2world |
| Formats | pytorch |
| Engines | PyTorch |

## Variants

| Format | Size | Quantizations | Engine | Sources |
|---|---|---|---|---|
| pytorch | – | – | – | Hugging Face: [tencent/HY-WorldPlay](<https://huggingface.co/tencent/HY-WorldPlay>); ModelScope: [Tencent-Hunyuan/HY-WorldPlay](<https://www.modelscope.cn/models/Tencent-Hunyuan/HY-WorldPlay>) |

## Packages

With virtual environments switched on, Xinference installs these packages for the model (`#engine#` markers tell for which engine):

```text
#system_torch# ; #engine# == "pytorch"
#system_torchvision#
peft==0.17.0
einops==0.8.0
loguru==0.7.3
numpy==1.26.4
pillow==11.3.0
imageio==2.37.0
imageio-ffmpeg==0.6.0
omegaconf>=2.3.0
diffusers==0.35.0
safetensors==0.4.5
qwen-vl-utils==0.0.8
huggingface-hub==0.34.0
transformers[accelerate,tiktoken]==4.56.0
modelscope
ninja
pandas
scipy
protobuf
moviepy==1.0.3
cloudpickle
ftfy
remote-pdb
sageattention
```

## Launch

On the command line of a machine with Xinference:

```bash
xinference launch \
  --model-name HY-WorldPlay-5B \
  --model-type world
```

From Python:

```python
from xinference.client import Client

client = Client("http://localhost:9997")
model_uid = client.launch_model(
    model_name="HY-WorldPlay-5B",
    model_type="world",
)
model = client.get_model(model_uid)

result = model.generate(prompt="A lighthouse at dawn, in watercolours")
print(result["data"])
```

Over HTTP, once it runs:

```bash
curl http://localhost:9997/v1/worlds/generations \
  -H ''Content-Type: application/json'' \
  -d ''{
  "model": "HY-WorldPlay-5B",
  "prompt": "A lighthouse at dawn, in watercolours"
}''
```
','generated','public','Imported from dir:/tmp/minicat','upstream','2026-11-28 21:23:14.322276','2026-11-28 21:23:14.322650','[]',NULL,13,NULL,NULL);
INSERT INTO "models_registry_revision" VALUES(14,1,'published','[
  {
    "version": 1,
    "model_name": "Matrix-Game-3.0-5B",
    "model_family": "Matrix-Game-3.0",
    "model_description": "A 5B image-conditioned interactive world model from Skywork AI.",
    "model_format": "pytorch",
    "model_ability": [
      "image2world"
    ],
    "default_model_config": {},
    "default_generate_config": {
      "size": "704*1280",
      "num_iterations": 12,
      "num_inference_steps": 3,
      "guidance_scale": 5.0,
      "seed": 42,
      "use_int8": true,
      "compile_vae": true,
      "lightvae_pruning_rate": 0.5,
      "vae_type": "mg_lightvae",
      "fa_version": "0",
      "response_format": "url"
    },
    "source_url": "https://github.com/SkyworkAI/Matrix-Game.git",
    "source_revision": "71c3cd7f741311f8100f6cf9cde942b6c1378d11",
    "source_subdir": "Matrix-Game-3",
    "virtualenv": {
      "packages": [
        "torch==2.10.0 ; #engine# == \"pytorch\"",
        "torchvision==0.25.0",
        "torchaudio==2.10.0",
        "opencv-python==4.10.0.84",
        "diffusers>=0.36.0",
        "transformers==4.57.3",
        "tokenizers>=0.20.3",
        "accelerate>=1.1.1",
        "tqdm",
        "imageio[ffmpeg]",
        "easydict",
        "ftfy",
        "imageio-ffmpeg",
        "numpy==2.2.6",
        "scipy",
        "einops",
        "pandas",
        "decord==0.6.0 ; platform_machine == \"x86_64\"",
        "decord2==3.4.0 ; platform_machine == \"aarch64\"",
        "tensorboard",
        "trimesh",
        "safetensors==0.7.0"
      ]
    },
    "model_src": {
      "huggingface": {
        "model_id": "Skywork/Matrix-Game-3.0",
        "model_revision": "382aa382a03cec057360755aa72c7735025770bb"
      },
      "modelscope": {
        "model_id": "Skywork/Matrix-Game-3.0",
        "model_revision": "master"
      }
    },
    "updated_at": 1787337600,
    "featured": false
  }
]
','*This README was generated from the model''s definition.*

# Matrix-Game-3.0-5B

A 5B image-conditioned interactive world model from Skywork AI.

## Overview

| Property | Value |
|---|---|
| Type | world |
| Family | Matrix-Game-3.0 |
| Abilities | image2world |
| Formats | pytorch |
| Engines | PyTorch |

## Variants

| Format | Size | Quantizations | Engine | Sources |
|---|---|---|---|---|
| pytorch | – | – | – | Hugging Face: [Skywork/Matrix-Game-3.0](<https://huggingface.co/Skywork/Matrix-Game-3.0>); ModelScope: [Skywork/Matrix-Game-3.0](<https://www.modelscope.cn/models/Skywork/Matrix-Game-3.0>) |

## Packages

With virtual environments switched on, Xinference installs these packages for the model (`#engine#` markers tell for which engine):

```text
torch==2.10.0 ; #engine# == "pytorch"
torchvision==0.25.0
torchaudio==2.10.0
opencv-python==4.10.0.84
diffusers>=0.36.0
transformers==4.57.3
tokenizers>=0.20.3
accelerate>=1.1.1
tqdm
imageio[ffmpeg]
easydict
ftfy
imageio-ffmpeg
numpy==2.2.6
scipy
einops
pandas
decord==0.6.0 ; platform_machine == "x86_64"
decord2==3.4.0 ; platform_machine == "aarch64"
tensorboard
trimesh
safetensors==0.7.0
```

## Launch

On the command line of a machine with Xinference:

```bash
xinference launch \
  --model-name Matrix-Game-3.0-5B \
  --model-type world
```

From Python:

```python
from xinference.client import Client

client = Client("http://localhost:9997")
model_uid = client.launch_model(
    model_name="Matrix-Game-3.0-5B",
    model_type="world",
)
model = client.get_model(model_uid)

with open("input.png", "rb") as file:
    image = file.read()
result = model.generate(prompt="A lighthouse at dawn, in watercolours", image=image)
print(result["data"])
```

Over HTTP, once it runs:

```bash
curl http://localhost:9997/v1/worlds/generations \
  -H ''Content-Type: application/json'' \
  -d ''{
  "model": "Matrix-Game-3.0-5B",
  "prompt": "A lighthouse at dawn, in watercolours",
  "image": "https://example.com/input.png"
}''
```
','generated','public','Imported from dir:/tmp/minicat','upstream','2026-11-28 21:23:14.338004','2026-11-28 21:23:14.338445','[]',NULL,14,NULL,NULL);
INSERT INTO "models_registry_revision" VALUES(15,1,'published','[
  {
    "version": 2,
    "context_length": 32768,
    "model_name": "ada-private",
    "model_lang": [
      "en",
      "zh"
    ],
    "model_ability": [
      "chat",
      "tools"
    ],
    "model_description": "ada-private is a small language model.",
    "model_specs": [
      {
        "model_format": "pytorch",
        "model_size_in_billions": "0_6",
        "model_src": {
          "huggingface": {
            "quantizations": [
              "none"
            ],
            "model_id": "example/ada-private",
            "model_revision": "main"
          }
        }
      }
    ],
    "architectures": [
      "Qwen3ForCausalLM"
    ],
    "updated_at": 1795900994,
    "featured": false
  }
]
','# Private
','written','private','Registered','ada','2026-11-28 21:23:14.446661','2026-11-28 21:23:14.446907','[]',2,15,NULL,NULL);
INSERT INTO "models_registry_revision" VALUES(16,1,'changes_requested','[
  {
    "version": 2,
    "context_length": 32768,
    "model_name": "ada-public",
    "model_lang": [
      "en",
      "zh"
    ],
    "model_ability": [
      "chat",
      "tools"
    ],
    "model_description": "ada-public is a small language model.",
    "model_specs": [
      {
        "model_format": "pytorch",
        "model_size_in_billions": "0_6",
        "model_src": {
          "huggingface": {
            "quantizations": [
              "none"
            ],
            "model_id": "example/ada-public",
            "model_revision": "main"
          }
        }
      }
    ],
    "architectures": [
      "Qwen3ForCausalLM"
    ],
    "updated_at": 1795900994,
    "featured": false
  }
]
','# Public
','written','public','Registered','ada','2026-11-28 21:23:14.466638',NULL,'[]',2,16,NULL,NULL);
INSERT INTO "models_registry_revision" VALUES(17,1,'proposed','[
  {
    "version": 2,
    "model_name": "ada-image",
    "model_family": "stable_diffusion",
    "model_ability": [
      "text2image"
    ],
    "model_src": {
      "huggingface": {
        "model_id": "example/ada-image",
        "model_revision": "main"
      }
    },
    "updated_at": 1795900996,
    "featured": false
  }
]
','# Image
','written','public','Registered','ada','2026-11-28 21:23:16.143109',NULL,'[]',2,17,NULL,NULL);
INSERT INTO "models_registry_revision" VALUES(18,2,'published','[
  {
    "version": 2,
    "context_length": 1024,
    "model_name": "gpt-2",
    "model_lang": [
      "en"
    ],
    "model_ability": [
      "generate"
    ],
    "model_description": "Edited before the upgrade.",
    "model_specs": [
      {
        "model_format": "pytorch",
        "model_size_in_billions": "1_5",
        "model_src": {
          "huggingface": {
            "quantizations": [
              "none"
            ],
            "model_id": "openai-community/gpt2",
            "model_revision": "607a30d783dfa663caf39e06633721c8d4cfcd7e"
          }
        }
      }
    ],
    "updated_at": 1795900996,
    "featured": false,
    "architectures": [
      "GPT2LMHeadModel"
    ],
    "model_type": "gpt2",
    "virtualenv": {
      "packages": [
        "#transformers_dependencies# ; #engine# == \"Transformers\"",
        "#vllm_dependencies# ; #engine# == \"vllm\"",
        "#system_numpy# ; #engine# == \"vllm\""
      ]
    }
  }
]
','*This README was generated from the model''s definition.*

# gpt-2

GPT-2 is a Transformer-based LLM that is trained on WebTest, a 40 GB dataset of Reddit posts with 3+ upvotes.

## Overview

| Property | Value |
|---|---|
| Type | llm |
| Abilities | generate |
| Languages | en |
| Context length | 1,024 tokens |
| Sizes | 1.5B |
| Formats | pytorch |
| Engines | Transformers, vLLM |

## Variants

| Format | Size | Quantizations | Engine | Sources |
|---|---|---|---|---|
| pytorch | 1.5B | none | – | Hugging Face: [openai-community/gpt2](<https://huggingface.co/openai-community/gpt2>) |

## Packages

With virtual environments switched on, Xinference installs these packages for the model (`#engine#` markers tell for which engine):

```text
#transformers_dependencies# ; #engine# == "Transformers"
#vllm_dependencies# ; #engine# == "vllm"
#system_numpy# ; #engine# == "vllm"
```

## Launch

On the command line of a machine with Xinference:

```bash
xinference launch \
  --model-name gpt-2 \
  --model-type LLM \
  --model-engine Transformers \
  --size-in-billions 1_5 \
  --model-format pytorch \
  --quantization none
```

Other formats, sizes and quantizations are in the table above; this lists the engines that your server can run the model with:

```bash
xinference engine --model-name gpt-2
```

From Python:

```python
from xinference.client import Client

client = Client("http://localhost:9997")
model_uid = client.launch_model(
    model_name="gpt-2",
    model_type="LLM",
    model_engine="Transformers",
    model_size_in_billions="1_5",
    model_format="pytorch",
    quantization="none",
)
model = client.get_model(model_uid)

answer = model.generate(prompt="The largest animal is")
print(answer["choices"][0]["text"])
```

Over HTTP, once it runs:

```bash
curl http://localhost:9997/v1/completions \
  -H ''Content-Type: application/json'' \
  -d ''{
  "model": "gpt-2",
  "prompt": "The largest animal is"
}''
```
','generated','public','','root','2026-11-28 21:23:16.255617','2026-11-28 21:23:16.255893','[]',1,1,1,NULL);
CREATE TABLE "models_registry_serverlist" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "how" varchar(10) NOT NULL, "place" varchar(300) NOT NULL, "agent" varchar(60) NOT NULL, "user_name" varchar(150) NOT NULL, "model_type" varchar(12) NOT NULL, "revision" integer unsigned NULL CHECK ("revision" >= 0), "share" real NULL, "seen_at" datetime NOT NULL, CONSTRAINT "one_sighting_per_server_and_type" UNIQUE ("how", "place", "agent", "user_name", "model_type"), CONSTRAINT "server_list_how_known" CHECK ("how" IN ('download', 'server', 'folder')));
CREATE TABLE "models_registry_sourcelist" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "source" varchar(300) NOT NULL, "model_type" varchar(12) NOT NULL, "etag" varchar(300) NOT NULL, "seen_at" datetime NOT NULL, "body" BLOB NOT NULL, "digest" varchar(64) NOT NULL, CONSTRAINT "one_list_per_source_and_type" UNIQUE ("source", "model_type"));
CREATE TABLE "models_registry_sourcemark" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "missing_since" datetime NULL, "conflicts" text NOT NULL CHECK ((JSON_VALID("conflicts") OR "conflicts" IS NULL)), "their_text" text NOT NULL, "changed_at" datetime NOT NULL, "model_id" bigint NOT NULL UNIQUE REFERENCES "models_registry_registeredmodel" ("id") DEFERRABLE INITIALLY DEFERRED, "kept_since" datetime NULL, "source" varchar(300) NOT NULL, "why" text NOT NULL);
CREATE TABLE "models_registry_sourcetext" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "text" text NOT NULL, "source" varchar(300) NOT NULL, "seen_at" datetime NOT NULL, "model_id" bigint NOT NULL UNIQUE REFERENCES "models_registry_registeredmodel" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "models_registry_updaterun" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "model_type" varchar(12) NOT NULL, "source" varchar(300) NOT NULL, "state" varchar(10) NOT NULL, "created_at" datetime NOT NULL, "seen_at" datetime NOT NULL, "finished_at" datetime NULL, "done" integer unsigned NOT NULL CHECK ("done" >= 0), "total" integer unsigned NOT NULL CHECK ("total" >= 0), "step" varchar(300) NOT NULL, "message" text NOT NULL, "server_message" text NOT NULL, "result" text NOT NULL CHECK ((JSON_VALID("result") OR "result" IS NULL)), "by_id" bigint NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
INSERT INTO "models_registry_updaterun" VALUES(1,'llm','https://hub.example.org','failed','2026-11-28 21:23:16.744251','2026-11-28 21:23:16.744254','2026-11-28 21:23:16.744185',0,0,'','The source cannot be reached.','The server refused the list.','{}',1);
CREATE TABLE "models_registry_upstreamchange" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "key" char(32) NOT NULL UNIQUE, "model_type" varchar(12) NOT NULL, "name" varchar(200) NOT NULL, "name_key" varchar(200) NOT NULL, "kind" varchar(10) NOT NULL, "wanted" text NOT NULL, "base" text NOT NULL, "sent" text NOT NULL, "commit" varchar(64) NOT NULL, "theirs" text NOT NULL, "state" varchar(10) NOT NULL, "last_error" text NOT NULL, "author_name" varchar(150) NOT NULL, "created_at" datetime NOT NULL, "changed_at" datetime NOT NULL, "created_by_id" bigint NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "model_id" bigint NULL REFERENCES "models_registry_registeredmodel" ("id") DEFERRABLE INITIALLY DEFERRED, "pull_request_id" bigint NULL REFERENCES "models_registry_pullrequest" ("id") DEFERRABLE INITIALLY DEFERRED, "revision_id" bigint NULL REFERENCES "models_registry_revision" ("id") DEFERRABLE INITIALLY DEFERRED, "merged_at" datetime NULL, "opened_at" datetime NULL, CONSTRAINT "upstream_change_state_known" CHECK ("state" IN ('waiting', 'sending', 'open', 'merged', 'closed', 'conflict', 'failed', 'cancelled', 'nothing')), CONSTRAINT "upstream_change_kind_known" CHECK ("kind" IN ('add', 'update', 'remove')));
INSERT INTO "models_registry_upstreamchange" VALUES(1,'b84b3e7b89b94465bce89c985c453e7b','llm','gpt-2','gpt-2','update','[
  {
    "version": 2,
    "context_length": 1024,
    "model_name": "gpt-2",
    "model_lang": [
      "en"
    ],
    "model_ability": [
      "generate"
    ],
    "model_description": "Edited before the upgrade.",
    "model_specs": [
      {
        "model_format": "pytorch",
        "model_size_in_billions": "1_5",
        "model_src": {
          "huggingface": {
            "quantizations": [
              "none"
            ],
            "model_id": "openai-community/gpt2",
            "model_revision": "607a30d783dfa663caf39e06633721c8d4cfcd7e"
          }
        }
      }
    ],
    "updated_at": 1795900996,
    "featured": false,
    "architectures": [
      "GPT2LMHeadModel"
    ],
    "model_type": "gpt2",
    "virtualenv": {
      "packages": [
        "#transformers_dependencies# ; #engine# == \"Transformers\"",
        "#vllm_dependencies# ; #engine# == \"vllm\"",
        "#system_numpy# ; #engine# == \"vllm\""
      ]
    }
  }
]
','[
  {
    "version": 2,
    "context_length": 1024,
    "model_name": "gpt-2",
    "model_lang": [
      "en"
    ],
    "model_ability": [
      "generate"
    ],
    "model_description": "GPT-2 is a Transformer-based LLM that is trained on WebTest, a 40 GB dataset of Reddit posts with 3+ upvotes.",
    "model_specs": [
      {
        "model_format": "pytorch",
        "model_size_in_billions": "1_5",
        "model_src": {
          "huggingface": {
            "quantizations": [
              "none"
            ],
            "model_id": "openai-community/gpt2",
            "model_revision": "607a30d783dfa663caf39e06633721c8d4cfcd7e"
          }
        }
      }
    ],
    "updated_at": 1769418472,
    "featured": false,
    "architectures": [
      "GPT2LMHeadModel"
    ],
    "model_type": "gpt2",
    "virtualenv": {
      "packages": [
        "#transformers_dependencies# ; #engine# == \"Transformers\"",
        "#vllm_dependencies# ; #engine# == \"vllm\"",
        "#system_numpy# ; #engine# == \"vllm\""
      ]
    }
  }
]
','','','','failed','GitHub could not be reached. Try again later.','root','2026-11-28 21:23:16.339594','2026-11-28 21:23:16.375720',1,1,1,18,NULL,NULL);
CREATE TABLE "models_registry_upstreamfile" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "model_type" varchar(12) NOT NULL, "name_key" varchar(200) NOT NULL, "path" varchar(300) NOT NULL, "layout" varchar(10) NOT NULL, "text" text NOT NULL, "has_updated_at" bool NOT NULL, "source" varchar(300) NOT NULL, "seen_at" datetime NOT NULL, "model_id" bigint NULL UNIQUE REFERENCES "models_registry_registeredmodel" ("id") DEFERRABLE INITIALLY DEFERRED, "is_seen" bool NOT NULL);
INSERT INTO "models_registry_upstreamfile" VALUES(1,'llm','gpt-2','xinference/model/llm/models/gpt-2.json','split','[
  {
    "version": 2,
    "context_length": 1024,
    "model_name": "gpt-2",
    "model_lang": [
      "en"
    ],
    "model_ability": [
      "generate"
    ],
    "model_description": "GPT-2 is a Transformer-based LLM that is trained on WebTest, a 40 GB dataset of Reddit posts with 3+ upvotes.",
    "model_specs": [
      {
        "model_format": "pytorch",
        "model_size_in_billions": "1_5",
        "model_src": {
          "huggingface": {
            "quantizations": [
              "none"
            ],
            "model_id": "openai-community/gpt2",
            "model_revision": "607a30d783dfa663caf39e06633721c8d4cfcd7e"
          }
        }
      }
    ],
    "updated_at": 1769418472,
    "featured": false,
    "architectures": [
      "GPT2LMHeadModel"
    ],
    "model_type": "gpt2",
    "virtualenv": {
      "packages": [
        "#transformers_dependencies# ; #engine# == \"Transformers\"",
        "#vllm_dependencies# ; #engine# == \"vllm\"",
        "#system_numpy# ; #engine# == \"vllm\""
      ]
    }
  }
]
',1,'dir:/tmp/minicat','2026-11-28 21:23:12.260185',1,1);
INSERT INTO "models_registry_upstreamfile" VALUES(2,'llm','opt','xinference/model/llm/models/opt.json','split','[
  {
    "version": 2,
    "context_length": 2048,
    "model_name": "opt",
    "model_lang": [
      "en"
    ],
    "model_ability": [
      "generate"
    ],
    "model_description": "Opt is an open-source, decoder-only, Transformer based LLM that was designed to replicate GPT-3.",
    "model_specs": [
      {
        "model_format": "pytorch",
        "model_size_in_billions": 1,
        "model_src": {
          "huggingface": {
            "quantizations": [
              "none"
            ],
            "model_id": "facebook/opt-125m",
            "model_revision": "3d2b5f275bdf882b8775f902e1bfdb790e2cfc32",
            "model_metadata": {
              "vocab_size": 50272,
              "num_attention_heads": 12,
              "config_source": "https://huggingface.co/facebook/opt-125m/resolve/3d2b5f275bdf882b8775f902e1bfdb790e2cfc32/config.json",
              "config_sha256": "54162c9cd0377110df1859dfabebb106fc0988c8aadb88207ce1ee0d34985df6",
              "hidden_size": 768,
              "intermediate_size": 3072,
              "num_hidden_layers": 12
            }
          }
        }
      }
    ],
    "updated_at": 1769418477,
    "featured": false,
    "architectures": [
      "OPTForCausalLM"
    ],
    "model_type": "opt",
    "virtualenv": {
      "packages": [
        "#transformers_dependencies# ; #engine# == \"Transformers\"",
        "#vllm_dependencies# ; #engine# == \"vllm\"",
        "#system_numpy# ; #engine# == \"vllm\""
      ]
    }
  }
]
',1,'dir:/tmp/minicat','2026-11-28 21:23:12.288006',2,1);
INSERT INTO "models_registry_upstreamfile" VALUES(3,'embedding','r3-embedding-0.6b','xinference/model/embedding/models/R3-embedding-0.6b.json','split','[
  {
    "version": 2,
    "model_name": "R3-embedding-0.6b",
    "dimensions": 1024,
    "max_tokens": 32768,
    "language": [
      "en",
      "zh"
    ],
    "model_specs": [
      {
        "model_format": "pytorch",
        "model_src": {
          "huggingface": {
            "model_id": "tencent/R3-embedding-0.6b",
            "quantizations": [
              "none"
            ]
          },
          "modelscope": {
            "model_id": "Tencent-Hunyuan/R3-embedding-0.6b",
            "quantizations": [
              "none"
            ]
          }
        }
      }
    ],
    "updated_at": 1785775911,
    "featured": false,
    "virtualenv": {
      "packages": [
        "#sentence_transformers_dependencies# ; #engine# == \"sentence_transformers\"",
        "#system_torchvision# ; #engine# == \"sentence_transformers\"",
        "#system_torch# ; #engine# == \"sentence_transformers\""
      ]
    }
  }
]
',1,'dir:/tmp/minicat','2026-11-28 21:23:12.665252',3,1);
INSERT INTO "models_registry_upstreamfile" VALUES(4,'embedding','text2vec-base-multilingual','xinference/model/embedding/models/text2vec-base-multilingual.json','split','[
  {
    "version": 2,
    "model_name": "text2vec-base-multilingual",
    "dimensions": 384,
    "max_tokens": 256,
    "language": [
      "zh"
    ],
    "model_specs": [
      {
        "model_format": "pytorch",
        "model_src": {
          "huggingface": {
            "model_id": "shibing624/text2vec-base-multilingual",
            "model_revision": "f241877385fa56ebcc75f04d1850e1579cfa661d",
            "quantizations": [
              "none"
            ]
          }
        }
      }
    ],
    "updated_at": 1784543821,
    "featured": false,
    "virtualenv": {
      "packages": [
        "#sentence_transformers_dependencies# ; #engine# == \"sentence_transformers\"",
        "#system_torchvision# ; #engine# == \"sentence_transformers\"",
        "#system_torch# ; #engine# == \"sentence_transformers\"",
        "#vllm_dependencies# ; #engine# == \"vllm\"",
        "#system_numpy# ; #engine# == \"vllm\""
      ]
    }
  }
]
',1,'dir:/tmp/minicat','2026-11-28 21:23:12.671756',4,1);
INSERT INTO "models_registry_upstreamfile" VALUES(5,'rerank','jina-reranker-v3.5','xinference/model/rerank/models/jina-reranker-v3.5.json','split','[
  {
    "version": 2,
    "model_name": "jina-reranker-v3.5",
    "type": "normal",
    "language": [
      "en",
      "zh",
      "multilingual"
    ],
    "max_tokens": 131072,
    "model_specs": [
      {
        "model_format": "pytorch",
        "model_src": {
          "huggingface": {
            "model_id": "jinaai/jina-reranker-v3.5",
            "quantizations": [
              "none"
            ]
          },
          "modelscope": {
            "model_id": "jinaai/jina-reranker-v3.5",
            "quantizations": [
              "none"
            ]
          }
        }
      }
    ],
    "updated_at": 1785817121,
    "featured": true,
    "virtualenv": {
      "packages": [
        "#sentence_transformers_dependencies# ; #engine# == \"sentence_transformers\"",
        "#system_torchvision# ; #engine# == \"sentence_transformers\"",
        "#system_torch# ; #engine# == \"sentence_transformers\""
      ]
    }
  }
]
',1,'dir:/tmp/minicat','2026-11-28 21:23:12.915994',5,1);
INSERT INTO "models_registry_upstreamfile" VALUES(6,'rerank','r3-rerank-0.6b','xinference/model/rerank/models/R3-rerank-0.6b.json','split','[
  {
    "version": 2,
    "model_name": "R3-rerank-0.6b",
    "type": "normal",
    "language": [
      "en",
      "zh"
    ],
    "max_tokens": 40960,
    "model_specs": [
      {
        "model_format": "pytorch",
        "model_src": {
          "huggingface": {
            "model_id": "tencent/R3-rerank-0.6b",
            "quantizations": [
              "none"
            ]
          },
          "modelscope": {
            "model_id": "Tencent-Hunyuan/R3-rerank-0.6b",
            "quantizations": [
              "none"
            ]
          }
        }
      }
    ],
    "updated_at": 1785775986,
    "featured": false,
    "virtualenv": {
      "packages": [
        "#sentence_transformers_dependencies# ; #engine# == \"sentence_transformers\"",
        "#system_torchvision# ; #engine# == \"sentence_transformers\"",
        "#system_torch# ; #engine# == \"sentence_transformers\""
      ]
    }
  }
]
',1,'dir:/tmp/minicat','2026-11-28 21:23:12.933706',6,1);
INSERT INTO "models_registry_upstreamfile" VALUES(7,'image','paddleocr-vl-1.6','xinference/model/image/models/PaddleOCR-VL-1.6.json','split','[
  {
    "version": 2,
    "model_name": "PaddleOCR-VL-1.6",
    "model_family": "ocr",
    "model_ability": [
      "ocr"
    ],
    "virtualenv": {
      "packages": [
        "pillow==11.3.0",
        "transformers==4.55.0",
        "#system_numpy#",
        "#system_torch#"
      ]
    },
    "model_src": {
      "huggingface": {
        "model_id": "PaddlePaddle/PaddleOCR-VL-1.6",
        "model_revision": "main"
      },
      "modelscope": {
        "model_id": "PaddlePaddle/PaddleOCR-VL-1.6",
        "model_revision": "master"
      }
    },
    "featured": true,
    "updated_at": 1781512046
  }
]
',1,'dir:/tmp/minicat','2026-11-28 21:23:13.124145',7,1);
INSERT INTO "models_registry_upstreamfile" VALUES(8,'image','paddleocr-vl','xinference/model/image/models/PaddleOCR-VL.json','split','[
  {
    "version": 2,
    "model_name": "PaddleOCR-VL",
    "model_family": "ocr",
    "model_ability": [
      "ocr"
    ],
    "virtualenv": {
      "packages": [
        "pillow==11.3.0",
        "transformers==4.55.0",
        "#system_numpy#",
        "#system_torch#"
      ]
    },
    "model_src": {
      "huggingface": {
        "model_id": "PaddlePaddle/PaddleOCR-VL",
        "model_revision": "main"
      },
      "modelscope": {
        "model_id": "PaddlePaddle/PaddleOCR-VL",
        "model_revision": "master"
      }
    },
    "updated_at": 1766387632,
    "featured": false
  }
]
',1,'dir:/tmp/minicat','2026-11-28 21:23:13.140242',8,1);
INSERT INTO "models_registry_upstreamfile" VALUES(9,'audio','belle-whisper-large-v3-zh','xinference/model/audio/models/Belle-whisper-large-v3-zh.json','split','[
  {
    "version": 2,
    "model_name": "Belle-whisper-large-v3-zh",
    "model_family": "whisper",
    "model_ability": [
      "audio2text"
    ],
    "multilingual": false,
    "model_src": {
      "huggingface": {
        "model_id": "BELLE-2/Belle-whisper-large-v3-zh",
        "model_revision": "3bebc7247696b39f5ab9ed22db426943ac33f600"
      },
      "modelscope": {
        "model_id": "Xorbits/Belle-whisper-large-v3-zh",
        "model_revision": "master"
      }
    },
    "updated_at": 1783912321,
    "featured": false,
    "virtualenv": {
      "packages": [
        "transformers",
        "accelerate",
        "#system_torch#",
        "#system_numpy#"
      ]
    }
  }
]
',1,'dir:/tmp/minicat','2026-11-28 21:23:13.527442',9,1);
INSERT INTO "models_registry_upstreamfile" VALUES(10,'audio','kokoro-82m-v1.1-zh','xinference/model/audio/models/Kokoro-82M-v1.1-zh.json','split','[
  {
    "version": 2,
    "model_name": "Kokoro-82M-v1.1-zh",
    "model_family": "Kokoro-zh",
    "model_ability": [
      "text2audio",
      "text2audio_zero_shot"
    ],
    "multilingual": false,
    "model_src": {
      "huggingface": {
        "model_id": "hexgrad/Kokoro-82M-v1.1-zh"
      },
      "modelscope": {
        "model_id": "AI-ModelScope/Kokoro-82M-v1.1-zh",
        "model_revision": "master"
      }
    },
    "updated_at": 1783912392,
    "featured": false,
    "virtualenv": {
      "packages": [
        "kokoro>=0.7.15",
        "misaki[en,zh]>=0.7.15",
        "soundfile",
        "#system_torch#",
        "#system_numpy#"
      ]
    }
  }
]
',1,'dir:/tmp/minicat','2026-11-28 21:23:13.546420',10,1);
INSERT INTO "models_registry_upstreamfile" VALUES(11,'video','cogvideox-2b','xinference/model/video/models/CogVideoX-2b.json','split','[
  {
    "version": 2,
    "model_name": "CogVideoX-2b",
    "model_family": "CogVideoX",
    "engine": "diffusers",
    "model_format": "diffusers",
    "model_ability": [
      "text2video"
    ],
    "default_model_config": {
      "scheduler": "CogVideoXDDIMScheduler",
      "torch_dtype": "float16"
    },
    "default_generate_config": {
      "guidance_scale": 6
    },
    "virtualenv": {
      "packages": [
        "diffusers>=0.33.0 ; #engine# == \"diffusers\"",
        "ftfy",
        "imageio-ffmpeg",
        "imageio",
        "#system_numpy#"
      ]
    },
    "model_src": {
      "huggingface": {
        "model_id": "THUDM/CogVideoX-2b",
        "model_revision": "4bbfb1de622b80bc1b77b6e9aced75f816be0e38"
      },
      "modelscope": {
        "model_id": "ZhipuAI/CogVideoX-2b",
        "model_revision": "master"
      }
    },
    "updated_at": 1783911354,
    "featured": false
  }
]
',1,'dir:/tmp/minicat','2026-11-28 21:23:13.948647',11,1);
INSERT INTO "models_registry_upstreamfile" VALUES(12,'video','cogvideox-5b','xinference/model/video/models/CogVideoX-5b.json','split','[
  {
    "version": 2,
    "model_name": "CogVideoX-5b",
    "model_family": "CogVideoX",
    "engine": "diffusers",
    "model_format": "diffusers",
    "model_ability": [
      "text2video"
    ],
    "default_model_config": {
      "scheduler": "CogVideoXDPMScheduler",
      "torch_dtype": "bfloat16"
    },
    "default_generate_config": {
      "guidance_scale": 7
    },
    "virtualenv": {
      "packages": [
        "diffusers>=0.33.0 ; #engine# == \"diffusers\"",
        "ftfy",
        "imageio-ffmpeg",
        "imageio",
        "#system_numpy#"
      ]
    },
    "model_src": {
      "huggingface": {
        "model_id": "THUDM/CogVideoX-5b",
        "model_revision": "8d6ea3f817438460b25595a120f109b88d5fdfad"
      },
      "modelscope": {
        "model_id": "ZhipuAI/CogVideoX-5b",
        "model_revision": "master"
      }
    },
    "updated_at": 1783911954,
    "featured": false
  }
]
',1,'dir:/tmp/minicat','2026-11-28 21:23:13.963672',12,1);
INSERT INTO "models_registry_upstreamfile" VALUES(13,'world','hy-worldplay-5b','xinference/model/world/models/HY-WorldPlay-5B.json','split','[
  {
    "version": 1,
    "model_name": "HY-WorldPlay-5B",
    "model_family": "HY-WorldPlay",
    "model_description": "A 5B autoregressive world model from Tencent Hunyuan for long-horizon interactive video generation.",
    "model_format": "pytorch",
    "model_ability": [
      "text2world",
      "image2world"
    ],
    "default_model_config": {},
    "default_generate_config": {
      "num_frames": 961,
      "num_inference_steps": 50,
      "pose": "w-16",
      "num_chunk": 4,
      "response_format": "url"
    },
    "source_url": "https://github.com/Tencent-Hunyuan/HY-WorldPlay.git",
    "source_revision": "1588e1336e842b03b0a7860c654ebd7c46bb065e",
    "auxiliary_model_id": "Wan-AI/Wan2.2-TI2V-5B-Diffusers",
    "auxiliary_model_revision": "b8fff7315c768468a5333511427288870b2e9635",
    "cache_config": {
      "allow_patterns": [
        "wan_transformer/*",
        "wan_distilled_model/*",
        "README.md",
        "License.txt"
      ]
    },
    "virtualenv": {
      "packages": [
        "#system_torch# ; #engine# == \"pytorch\"",
        "#system_torchvision#",
        "peft==0.17.0",
        "einops==0.8.0",
        "loguru==0.7.3",
        "numpy==1.26.4",
        "pillow==11.3.0",
        "imageio==2.37.0",
        "imageio-ffmpeg==0.6.0",
        "omegaconf>=2.3.0",
        "diffusers==0.35.0",
        "safetensors==0.4.5",
        "qwen-vl-utils==0.0.8",
        "huggingface-hub==0.34.0",
        "transformers[accelerate,tiktoken]==4.56.0",
        "modelscope",
        "ninja",
        "pandas",
        "scipy",
        "protobuf",
        "moviepy==1.0.3",
        "cloudpickle",
        "ftfy",
        "remote-pdb",
        "sageattention"
      ]
    },
    "model_src": {
      "huggingface": {
        "model_id": "tencent/HY-WorldPlay",
        "model_revision": "f4c29235647707b571479a69b569e4166f9f5bf8"
      },
      "modelscope": {
        "model_id": "Tencent-Hunyuan/HY-WorldPlay",
        "model_revision": "master",
        "auxiliary_model_revision": "master"
      }
    },
    "updated_at": 1787337600,
    "featured": false
  }
]
',1,'dir:/tmp/minicat','2026-11-28 21:23:14.324454',13,1);
INSERT INTO "models_registry_upstreamfile" VALUES(14,'world','matrix-game-3.0-5b','xinference/model/world/models/Matrix-Game-3.0-5B.json','split','[
  {
    "version": 1,
    "model_name": "Matrix-Game-3.0-5B",
    "model_family": "Matrix-Game-3.0",
    "model_description": "A 5B image-conditioned interactive world model from Skywork AI.",
    "model_format": "pytorch",
    "model_ability": [
      "image2world"
    ],
    "default_model_config": {},
    "default_generate_config": {
      "size": "704*1280",
      "num_iterations": 12,
      "num_inference_steps": 3,
      "guidance_scale": 5.0,
      "seed": 42,
      "use_int8": true,
      "compile_vae": true,
      "lightvae_pruning_rate": 0.5,
      "vae_type": "mg_lightvae",
      "fa_version": "0",
      "response_format": "url"
    },
    "source_url": "https://github.com/SkyworkAI/Matrix-Game.git",
    "source_revision": "71c3cd7f741311f8100f6cf9cde942b6c1378d11",
    "source_subdir": "Matrix-Game-3",
    "virtualenv": {
      "packages": [
        "torch==2.10.0 ; #engine# == \"pytorch\"",
        "torchvision==0.25.0",
        "torchaudio==2.10.0",
        "opencv-python==4.10.0.84",
        "diffusers>=0.36.0",
        "transformers==4.57.3",
        "tokenizers>=0.20.3",
        "accelerate>=1.1.1",
        "tqdm",
        "imageio[ffmpeg]",
        "easydict",
        "ftfy",
        "imageio-ffmpeg",
        "numpy==2.2.6",
        "scipy",
        "einops",
        "pandas",
        "decord==0.6.0 ; platform_machine == \"x86_64\"",
        "decord2==3.4.0 ; platform_machine == \"aarch64\"",
        "tensorboard",
        "trimesh",
        "safetensors==0.7.0"
      ]
    },
    "model_src": {
      "huggingface": {
        "model_id": "Skywork/Matrix-Game-3.0",
        "model_revision": "382aa382a03cec057360755aa72c7735025770bb"
      },
      "modelscope": {
        "model_id": "Skywork/Matrix-Game-3.0",
        "model_revision": "master"
      }
    },
    "updated_at": 1787337600,
    "featured": false
  }
]
',1,'dir:/tmp/minicat','2026-11-28 21:23:14.340078',14,1);
CREATE TABLE "models_registry_upstreampath" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "path" varchar(300) NOT NULL UNIQUE, "blob" varchar(64) NOT NULL, "text" text NOT NULL, "seen_at" datetime NOT NULL);
CREATE TABLE "reviews_claim" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "claimed_at" datetime NOT NULL, "expires_at" datetime NOT NULL, "proposal_id" bigint NOT NULL UNIQUE REFERENCES "models_registry_revision" ("id") DEFERRABLE INITIALLY DEFERRED, "reviewer_id" bigint NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
INSERT INTO "reviews_claim" VALUES(1,'2026-11-28 21:23:16.245690','2026-11-29 01:23:16.245690',17,3);
CREATE TABLE "reviews_comment" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "author_name" varchar(150) NOT NULL, "text" text NOT NULL, "part" varchar(12) NOT NULL, "line" integer unsigned NULL CHECK ("line" >= 0), "created_at" datetime NOT NULL, "author_id" bigint NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "revision_id" bigint NOT NULL REFERENCES "models_registry_revision" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "comment_part_known" CHECK ("part" IN ('general', 'definition', 'readme')), CONSTRAINT "comment_line_is_of_a_text" CHECK (("line" IS NULL OR NOT ("part" = 'general'))));
INSERT INTO "reviews_comment" VALUES(1,'rita','Has this been measured?','general',NULL,'2026-11-28 21:23:14.489581',3,16);
CREATE TABLE "reviews_digest" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "told_until" datetime NOT NULL, "reviewer_id" bigint NOT NULL UNIQUE REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "reviews_notification" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "kind" varchar(20) NOT NULL, "title" varchar(300) NOT NULL, "text" text NOT NULL, "url" varchar(300) NOT NULL, "key" varchar(120) NOT NULL, "on_bell" bool NOT NULL, "by_mail" bool NOT NULL, "created_at" datetime NOT NULL, "read_at" datetime NULL, "mailed_at" datetime NULL, "mail_attempts" smallint unsigned NOT NULL CHECK ("mail_attempts" >= 0), "recipient_id" bigint NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "mail_taken_until" datetime NULL);
INSERT INTO "reviews_notification" VALUES(1,'comment','rita commented on ada-public','Has this been measured?','/models/detail/16/review#comment-1','',1,1,'2026-11-28 21:23:15.941739',NULL,NULL,0,2,NULL);
INSERT INTO "reviews_notification" VALUES(2,'decision','ada-public: changes are requested','Say how you measured it.','/models/detail/16/review','',1,1,'2026-11-28 21:23:16.105834',NULL,NULL,0,2,NULL);
CREATE TABLE "reviews_notificationchoice" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "kind" varchar(20) NOT NULL, "on_bell" bool NOT NULL, "by_mail" bool NOT NULL, "user_id" bigint NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "one_choice_per_kind" UNIQUE ("user_id", "kind"));
CREATE TABLE "reviews_review" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "reviewer_name" varchar(150) NOT NULL, "decision" varchar(20) NOT NULL, "feedback" text NOT NULL, "created_at" datetime NOT NULL, "reviewer_id" bigint NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "revision_id" bigint NOT NULL UNIQUE REFERENCES "models_registry_revision" ("id") DEFERRABLE INITIALLY DEFERRED, CONSTRAINT "review_decision_known" CHECK ("decision" IN ('approve', 'request_changes', 'reject')), CONSTRAINT "review_gives_reasons" CHECK (("decision" = 'approve' OR NOT ("feedback" = ''))));
INSERT INTO "reviews_review" VALUES(1,'rita','request_changes','Say how you measured it.','2026-11-28 21:23:16.059130',3,16);
CREATE TABLE "reviews_savedreply" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "title" varchar(80) NOT NULL UNIQUE, "text" text NOT NULL, "changed_at" datetime NOT NULL);
CREATE TABLE "reviews_sourcecheck" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "state" varchar(10) NOT NULL, "findings" text NOT NULL CHECK ((JSON_VALID("findings") OR "findings" IS NULL)), "asked_at" datetime NOT NULL, "finished_at" datetime NULL, "revision_id" bigint NOT NULL UNIQUE REFERENCES "models_registry_revision" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "socialaccount_socialaccount" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "provider" varchar(200) NOT NULL, "uid" varchar(191) NOT NULL, "last_login" datetime NOT NULL, "date_joined" datetime NOT NULL, "user_id" bigint NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED, "extra_data" text NOT NULL CHECK ((JSON_VALID("extra_data") OR "extra_data" IS NULL)));
CREATE TABLE "socialaccount_socialapp" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "provider" varchar(30) NOT NULL, "name" varchar(40) NOT NULL, "client_id" varchar(191) NOT NULL, "secret" varchar(191) NOT NULL, "key" varchar(191) NOT NULL, "provider_id" varchar(200) NOT NULL, "settings" text NOT NULL CHECK ((JSON_VALID("settings") OR "settings" IS NULL)));
CREATE TABLE "socialaccount_socialtoken" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "token" text NOT NULL, "token_secret" text NOT NULL, "expires_at" datetime NULL, "account_id" integer NOT NULL REFERENCES "socialaccount_socialaccount" ("id") DEFERRABLE INITIALLY DEFERRED, "app_id" integer NULL REFERENCES "socialaccount_socialapp" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE "usersessions_usersession" ("id" integer NOT NULL PRIMARY KEY AUTOINCREMENT, "created_at" datetime NOT NULL, "ip" char(39) NOT NULL, "last_seen_at" datetime NOT NULL, "session_key" varchar(40) NOT NULL UNIQUE, "user_agent" varchar(200) NOT NULL, "data" text NOT NULL CHECK ((JSON_VALID("data") OR "data" IS NULL)), "user_id" bigint NOT NULL REFERENCES "accounts_user" ("id") DEFERRABLE INITIALLY DEFERRED);
CREATE UNIQUE INDEX "django_content_type_app_label_model_76bd3d3b_uniq" ON "django_content_type" ("app_label", "model");
CREATE UNIQUE INDEX "auth_group_permissions_group_id_permission_id_0cd325b0_uniq" ON "auth_group_permissions" ("group_id", "permission_id");
CREATE INDEX "auth_group_permissions_group_id_b120cbf9" ON "auth_group_permissions" ("group_id");
CREATE INDEX "auth_group_permissions_permission_id_84c5c92e" ON "auth_group_permissions" ("permission_id");
CREATE UNIQUE INDEX "auth_permission_content_type_id_codename_01ab375a_uniq" ON "auth_permission" ("content_type_id", "codename");
CREATE INDEX "auth_permission_content_type_id_2f476e4b" ON "auth_permission" ("content_type_id");
CREATE UNIQUE INDEX "username_once_in_any_case" ON "accounts_user" ((LOWER("username")));
CREATE UNIQUE INDEX "email_once_in_any_case" ON "accounts_user" ((LOWER("email"))) WHERE NOT ("email" = '');
CREATE UNIQUE INDEX "accounts_user_groups_user_id_group_id_59c0b32f_uniq" ON "accounts_user_groups" ("user_id", "group_id");
CREATE INDEX "accounts_user_groups_user_id_52b62117" ON "accounts_user_groups" ("user_id");
CREATE INDEX "accounts_user_groups_group_id_bd11a704" ON "accounts_user_groups" ("group_id");
CREATE UNIQUE INDEX "accounts_user_user_permissions_user_id_permission_id_2ab516c2_uniq" ON "accounts_user_user_permissions" ("user_id", "permission_id");
CREATE INDEX "accounts_user_user_permissions_user_id_e4f0a161" ON "accounts_user_user_permissions" ("user_id");
CREATE INDEX "accounts_user_user_permissions_permission_id_113bb443" ON "accounts_user_user_permissions" ("permission_id");
CREATE INDEX "accounts_apisession_user_id_700ba23e" ON "accounts_apisession" ("user_id");
CREATE INDEX "accounts_accesstoken_user_id_9665e3f6" ON "accounts_accesstoken" ("user_id");
CREATE INDEX "accounts_accesstoken_session_id_85929a65" ON "accounts_accesstoken" ("session_id");
CREATE INDEX "account_emailconfirmation_email_address_id_5b7f8c58" ON "account_emailconfirmation" ("email_address_id");
CREATE UNIQUE INDEX "account_emailaddress_user_id_email_987c8728_uniq" ON "account_emailaddress" ("user_id", "email");
CREATE UNIQUE INDEX "unique_verified_email" ON "account_emailaddress" ("email") WHERE "verified";
CREATE INDEX "account_emailaddress_user_id_2c513194" ON "account_emailaddress" ("user_id");
CREATE INDEX "account_emailaddress_email_03be32b2" ON "account_emailaddress" ("email");
CREATE UNIQUE INDEX "unique_primary_email" ON "account_emailaddress" ("user_id", "primary") WHERE "primary";
CREATE INDEX "django_admin_log_content_type_id_c4bce8eb" ON "django_admin_log" ("content_type_id");
CREATE INDEX "django_admin_log_user_id_c564eba6" ON "django_admin_log" ("user_id");
CREATE UNIQUE INDEX "guardian_userobjectpermission_user_id_permission_id_object_pk_b0b3d2fc_uniq" ON "guardian_userobjectpermission" ("user_id", "permission_id", "object_pk");
CREATE UNIQUE INDEX "guardian_groupobjectpermission_group_id_permission_id_object_pk_3f189f7c_uniq" ON "guardian_groupobjectpermission" ("group_id", "permission_id", "object_pk");
CREATE INDEX "guardian_groupobjectpermission_content_type_id_7ade36b8" ON "guardian_groupobjectpermission" ("content_type_id");
CREATE INDEX "guardian_groupobjectpermission_group_id_4bbbfb62" ON "guardian_groupobjectpermission" ("group_id");
CREATE INDEX "guardian_groupobjectpermission_permission_id_36572738" ON "guardian_groupobjectpermission" ("permission_id");
CREATE INDEX "guardian_userobjectpermission_content_type_id_2e892405" ON "guardian_userobjectpermission" ("content_type_id");
CREATE INDEX "guardian_userobjectpermission_permission_id_71807bfc" ON "guardian_userobjectpermission" ("permission_id");
CREATE INDEX "guardian_userobjectpermission_user_id_d5c1e964" ON "guardian_userobjectpermission" ("user_id");
CREATE INDEX "guardian_gr_permiss_83545c_idx" ON "guardian_groupobjectpermission" ("permission_id", "group_id", "content_type_id", "object_pk");
CREATE INDEX "guardian_gr_group_i_9e7d12_idx" ON "guardian_groupobjectpermission" ("group_id", "content_type_id", "object_pk");
CREATE INDEX "guardian_us_permiss_e5749c_idx" ON "guardian_userobjectpermission" ("permission_id", "user_id", "content_type_id", "object_pk");
CREATE INDEX "guardian_us_user_id_8eae14_idx" ON "guardian_userobjectpermission" ("user_id", "content_type_id", "object_pk");
CREATE INDEX "hub_auditentry_created_at_5b509c78" ON "hub_auditentry" ("created_at");
CREATE INDEX "hub_auditentry_tag_3aa616ea" ON "hub_auditentry" ("tag");
CREATE INDEX "hub_auditentry_actor_id_7c7d0b96" ON "hub_auditentry" ("actor_id");
CREATE INDEX "audit_target" ON "hub_auditentry" ("target_type", "target_id");
CREATE INDEX "mfa_authenticator_user_id_0c3a50c0" ON "mfa_authenticator" ("user_id");
CREATE UNIQUE INDEX "unique_authenticator_type" ON "mfa_authenticator" ("user_id", "type") WHERE "type" IN ('totp', 'recovery_codes');
CREATE INDEX "models_registry_draft_owner_id_cea70923" ON "models_registry_draft" ("owner_id");
CREATE INDEX "models_registry_draft_model_id_7fdb4285" ON "models_registry_draft" ("model_id");
CREATE INDEX "models_registry_draft_base_revision_id_bf98519f" ON "models_registry_draft" ("base_revision_id");
CREATE INDEX "models_registry_facet_model_id_e1e99402" ON "models_registry_facet" ("model_id");
CREATE INDEX "facet_kind_value" ON "models_registry_facet" ("kind", "value");
CREATE UNIQUE INDEX "models_registry_registeredmodelgroupobjectpermission_group_id_permission_id_content_object_id_e4b27403_uniq" ON "models_registry_registeredmodelgroupobjectpermission" ("group_id", "permission_id", "content_object_id");
CREATE INDEX "models_registry_registeredmodelgroupobjectpermission_content_object_id_2daa4ffd" ON "models_registry_registeredmodelgroupobjectpermission" ("content_object_id");
CREATE INDEX "models_registry_registeredmodelgroupobjectpermission_group_id_dcb5c048" ON "models_registry_registeredmodelgroupobjectpermission" ("group_id");
CREATE INDEX "models_registry_registeredmodelgroupobjectpermission_permission_id_fec19e56" ON "models_registry_registeredmodelgroupobjectpermission" ("permission_id");
CREATE UNIQUE INDEX "models_registry_registeredmodeluserobjectpermission_user_id_permission_id_content_object_id_78abce5d_uniq" ON "models_registry_registeredmodeluserobjectpermission" ("user_id", "permission_id", "content_object_id");
CREATE INDEX "models_registry_registeredmodeluserobjectpermission_content_object_id_5bc9df71" ON "models_registry_registeredmodeluserobjectpermission" ("content_object_id");
CREATE INDEX "models_registry_registeredmodeluserobjectpermission_permission_id_4985247c" ON "models_registry_registeredmodeluserobjectpermission" ("permission_id");
CREATE INDEX "models_registry_registeredmodeluserobjectpermission_user_id_c648d16c" ON "models_registry_registeredmodeluserobjectpermission" ("user_id");
CREATE UNIQUE INDEX "one_open_proposal_per_model" ON "models_registry_revision" ("model_id") WHERE "state" IN ('proposed', 'changes_requested');
CREATE UNIQUE INDEX "one_published_revision_per_model" ON "models_registry_revision" ("model_id") WHERE "state" = 'published';
CREATE INDEX "models_registry_revision_author_id_f56a2323" ON "models_registry_revision" ("author_id");
CREATE INDEX "models_registry_revision_model_id_9d3c84e3" ON "models_registry_revision" ("model_id");
CREATE INDEX "models_registry_revision_base_id_1d19a729" ON "models_registry_revision" ("base_id");
CREATE INDEX "models_registry_revision_proposal_id_c122c502" ON "models_registry_revision" ("proposal_id");
CREATE UNIQUE INDEX "one_draft_per_model_and_person" ON "models_registry_draft" ("owner_id", "model_id") WHERE "model_id" IS NOT NULL;
CREATE INDEX "pull_request_due" ON "models_registry_pullrequest" ("state", "next_attempt_at");
CREATE INDEX "models_registry_pullrequest_by_id_274e8eba" ON "models_registry_pullrequest" ("by_id");
CREATE INDEX "models_registry_upstreamchange_created_by_id_dd8a0093" ON "models_registry_upstreamchange" ("created_by_id");
CREATE INDEX "models_registry_upstreamchange_model_id_8e9a3861" ON "models_registry_upstreamchange" ("model_id");
CREATE INDEX "models_registry_upstreamchange_pull_request_id_7f6fb340" ON "models_registry_upstreamchange" ("pull_request_id");
CREATE INDEX "models_registry_upstreamchange_revision_id_d62f512a" ON "models_registry_upstreamchange" ("revision_id");
CREATE INDEX "upstream_change_name" ON "models_registry_upstreamchange" ("model_type", "name_key");
CREATE INDEX "upstream_change_state" ON "models_registry_upstreamchange" ("state");
CREATE UNIQUE INDEX "one_update_under_way_per_type" ON "models_registry_updaterun" ("model_type") WHERE "state" IN ('queued', 'running');
CREATE INDEX "models_registry_updaterun_by_id_9058c146" ON "models_registry_updaterun" ("by_id");
CREATE INDEX "server_list_seen" ON "models_registry_serverlist" ("seen_at" DESC);
CREATE UNIQUE INDEX "one_public_model_per_name" ON "models_registry_registeredmodel" ("model_type", "name_key") WHERE "visibility" = 'public';
CREATE UNIQUE INDEX "one_enterprise_model_per_name" ON "models_registry_registeredmodel" ("model_type", "name_key") WHERE "visibility" = 'enterprise';
CREATE UNIQUE INDEX "one_private_model_per_name_and_owner" ON "models_registry_registeredmodel" ("owner_id", "model_type", "name_key") WHERE "visibility" = 'private';
CREATE INDEX "models_registry_registeredmodel_owner_id_0f005c24" ON "models_registry_registeredmodel" ("owner_id");
CREATE INDEX "model_browse" ON "models_registry_registeredmodel" ("visibility", "model_type", "name_key");
CREATE INDEX "model_name_key" ON "models_registry_registeredmodel" ("name_key");
CREATE INDEX "upstream_held_back" ON "models_registry_upstreamfile" ("model_type", "has_updated_at");
CREATE INDEX "reviews_claim_reviewer_id_501a5472" ON "reviews_claim" ("reviewer_id");
CREATE INDEX "reviews_comment_author_id_536ef402" ON "reviews_comment" ("author_id");
CREATE INDEX "reviews_comment_revision_id_7c54d6e5" ON "reviews_comment" ("revision_id");
CREATE UNIQUE INDEX "notification_once_per_event" ON "reviews_notification" ("recipient_id", "key") WHERE NOT ("key" = '');
CREATE INDEX "reviews_notification_recipient_id_dc37f772" ON "reviews_notification" ("recipient_id");
CREATE INDEX "notification_unread" ON "reviews_notification" ("recipient_id") WHERE ("on_bell" AND "read_at" IS NULL);
CREATE INDEX "notification_mail_due" ON "reviews_notification" ("created_at") WHERE ("by_mail" AND "mailed_at" IS NULL);
CREATE INDEX "reviews_notificationchoice_user_id_c3a9c637" ON "reviews_notificationchoice" ("user_id");
CREATE INDEX "reviews_review_created_at_3e4e7d2e" ON "reviews_review" ("created_at");
CREATE INDEX "reviews_review_reviewer_id_29fc8a19" ON "reviews_review" ("reviewer_id");
CREATE INDEX "django_session_expire_date_a5c62663" ON "django_session" ("expire_date");
CREATE UNIQUE INDEX "socialaccount_socialtoken_app_id_account_id_fca4e0ac_uniq" ON "socialaccount_socialtoken" ("app_id", "account_id");
CREATE INDEX "socialaccount_socialtoken_account_id_951f210e" ON "socialaccount_socialtoken" ("account_id");
CREATE INDEX "socialaccount_socialtoken_app_id_636a42d7" ON "socialaccount_socialtoken" ("app_id");
CREATE UNIQUE INDEX "socialaccount_socialaccount_provider_uid_fc810c6e_uniq" ON "socialaccount_socialaccount" ("provider", "uid");
CREATE INDEX "socialaccount_socialaccount_user_id_8146e70c" ON "socialaccount_socialaccount" ("user_id");
CREATE INDEX "usersessions_usersession_user_id_af5e0a6d" ON "usersessions_usersession" ("user_id");
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('django_migrations',55);
INSERT INTO "sqlite_sequence" VALUES('django_content_type',46);
INSERT INTO "sqlite_sequence" VALUES('auth_permission',89);
INSERT INTO "sqlite_sequence" VALUES('auth_group',7);
INSERT INTO "sqlite_sequence" VALUES('accounts_accesstoken',1);
INSERT INTO "sqlite_sequence" VALUES('account_emailaddress',1);
INSERT INTO "sqlite_sequence" VALUES('accounts_ownserver',0);
INSERT INTO "sqlite_sequence" VALUES('django_admin_log',0);
INSERT INTO "sqlite_sequence" VALUES('mfa_authenticator',1);
INSERT INTO "sqlite_sequence" VALUES('models_registry_revision',18);
INSERT INTO "sqlite_sequence" VALUES('auth_group_permissions',16);
INSERT INTO "sqlite_sequence" VALUES('models_registry_upstreamchange',1);
INSERT INTO "sqlite_sequence" VALUES('models_registry_sourcelist',0);
INSERT INTO "sqlite_sequence" VALUES('models_registry_sourcemark',0);
INSERT INTO "sqlite_sequence" VALUES('models_registry_cataloguelist',7);
INSERT INTO "sqlite_sequence" VALUES('models_registry_registeredmodel',17);
INSERT INTO "sqlite_sequence" VALUES('models_registry_upstreamfile',14);
INSERT INTO "sqlite_sequence" VALUES('socialaccount_socialapp',0);
INSERT INTO "sqlite_sequence" VALUES('socialaccount_socialtoken',0);
INSERT INTO "sqlite_sequence" VALUES('socialaccount_socialaccount',0);
INSERT INTO "sqlite_sequence" VALUES('accounts_user',3);
INSERT INTO "sqlite_sequence" VALUES('accounts_user_groups',10);
INSERT INTO "sqlite_sequence" VALUES('models_registry_facet',79);
INSERT INTO "sqlite_sequence" VALUES('models_registry_listrevision',8);
INSERT INTO "sqlite_sequence" VALUES('hub_auditentry',10);
INSERT INTO "sqlite_sequence" VALUES('reviews_comment',1);
INSERT INTO "sqlite_sequence" VALUES('reviews_notification',2);
INSERT INTO "sqlite_sequence" VALUES('reviews_review',1);
INSERT INTO "sqlite_sequence" VALUES('reviews_claim',1);
INSERT INTO "sqlite_sequence" VALUES('models_registry_pullrequest',1);
INSERT INTO "sqlite_sequence" VALUES('models_registry_draft',1);
INSERT INTO "sqlite_sequence" VALUES('models_registry_updaterun',1);
INSERT INTO "sqlite_sequence" VALUES('accounts_githubtoken',1);
COMMIT;
