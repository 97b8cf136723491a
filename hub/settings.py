"""Django settings. Everything that differs between installations comes from hub.env."""

from __future__ import annotations

import os
from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from whitenoise.compress import Compressor

from hub import env, logs, task_queue, var_folder

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = env.read(os.environ, BASE_DIR)
VAR_DIR = ENV.var_dir
var_folder.open_folder(VAR_DIR)
for _folder in (VAR_DIR / "media", VAR_DIR / "static"):
    _folder.mkdir(mode=0o700, exist_ok=True)

# --- Core -------------------------------------------------------------------------------------

SECRET_KEY = ENV.secret_key
SECRET_KEY_FALLBACKS = ENV.secret_key_fallbacks
DEBUG = ENV.debug
ALLOWED_HOSTS = ENV.allowed_hosts
SITE_URL = ENV.site_url
ROOT_URLCONF = "hub.urls"
WSGI_APPLICATION = "hub.wsgi.application"
ASGI_APPLICATION = "hub.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    # Without autodiscover: `hub.urls` loads the administration, so that only web servers do.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "corsheaders",
    "csp",
    "django_ace",
    "django_htmx",
    "guardian",
    "hub",
    "accounts",
    "models_registry",
    "reviews",
]

MIDDLEWARE = [
    "hub.health.HealthMiddleware",
    "hub.logs.RequestLogMiddleware",
    "hub.stated_version.StatedVersionMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "hub.cache_headers.PrivateByDefaultMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "hub.api_answers.ApiAnswersMiddleware",
    "hub.compression.PageGZipMiddleware",
    "hub.anonymous_pages.AnonymousPagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "hub.language_link.LanguageLinkMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "accounts.time_zones.TimeZoneMiddleware",
    "django.middleware.common.CommonMiddleware",
    "hub.body_size.BodyLimitMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "hub.audit.OriginMiddleware",
    "accounts.vault_closed.VaultClosedMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hub.context.site",
                "reviews.context.bell",
            ],
        },
    },
]

# --- Database and cache -----------------------------------------------------------------------

DATABASES = {"default": ENV.database}

# Rate limits are counted in the cache, so all processes must share it.
CACHES = {
    "default": {
        "BACKEND": "hub.cache_backends.ForgivingDatabaseCache",
        "LOCATION": "hub_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    },
}

if ENV.redis_url:
    # Only here: the client loads slowly, and most hubs have no Redis.
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    CACHES["default"] = {
        "BACKEND": "hub.cache_backends.ForgivingRedisCache",
        "LOCATION": ENV.redis_url,
        "OPTIONS": {
            "socket_connect_timeout": 1,
            "socket_timeout": 1,
            # For a pooled connection that a restart of Redis has closed.
            "retry": Retry(NoBackoff(), 1),
        },
    }

# --- Accounts ---------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "models_registry:model_list"
PASSWORD_RESET_TIMEOUT = 60 * 60 * 4
# The groups that give a new account its first rights; the administration shows them.
NEW_ACCOUNT_GROUPS = ["Registrars"] if ENV.new_accounts_register else []

ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
# One password field: a button shows what was typed.
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*"]
ACCOUNT_FORMS = {
    "add_email": "accounts.allauth_forms.AddEmailForm",
    "change_password": "accounts.allauth_forms.ChangePasswordForm",
    "login": "accounts.allauth_forms.SignInForm",
    "reauthenticate": "accounts.allauth_forms.ReauthenticateForm",
    "reset_password": "accounts.allauth_forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.allauth_forms.NewPasswordForm",
    "set_password": "accounts.allauth_forms.SetPasswordForm",
    "signup": "accounts.allauth_forms.SignUpForm",
    "user_token": "accounts.allauth_forms.ResetKeyForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if ENV.confirm_email else "optional"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_MAX_EMAIL_ADDRESSES = 5
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Models Hub] "
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_USERNAME_MIN_LENGTH = 3
ACCOUNT_USERNAME_BLACKLIST = ["admin", "administrator", "hub", "root", "support", "system"]
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    # By address, and by address and account together: both must be free. Successful sign-ins
    # don't count. Codes of two-factor authentication are counted by account.
    "login_failed": "10/m/ip,5/5m/key",
    # By account, from all addresses.
    "login_failed_anywhere": "300/h/key",
    # By device, which none of the above concerns.
    "login_failed_known_device": "5/5m/key",
    "signup": "10/m/ip",
    "reset_password": "10/m/ip,3/5m/key",
    "reset_password_from_key": "10/m/ip",
    # Saving and testing one's own server. SECURITY: a limit against scanning networks through the
    # hub.
    "own_server": "20/m/user",
    # Decoding an uploaded picture costs more than a page.
    "avatar": "20/m/user",
}
# Through the API, for each person. A catalogue of 400 models in git is applied in four minutes.
API_WRITES_PER_MINUTE = 120
MFA_ADAPTER = "accounts.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Xinference Models Hub"
# One step of 30 seconds in either direction, for clocks that differ.
MFA_TOTP_TOLERANCE = 1
# Others can still sign up with an unconfirmed address, so two-factor authentication on such an
# account locks nobody out; and it works on a hub without mail, too.
MFA_ALLOW_UNVERIFIED_EMAIL = True
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_QUERY_EMAIL = True
# GitHub Enterprise serves its API under /api/v3 of its own address.
GITHUB_URL = (
    ENV.github_api_url.removesuffix("/api/v3")
    if ENV.github_api_url.endswith("/api/v3")
    else "https://github.com"
)
SOCIALACCOUNT_PROVIDERS: dict[str, object] = {}
if ENV.github_client_id:
    INSTALLED_APPS.append("allauth.socialaccount.providers.github")
    SOCIALACCOUNT_PROVIDERS["github"] = {
        "APPS": [{"client_id": ENV.github_client_id, "secret": ENV.github_client_secret}],
        "SCOPE": ["user:email"],
        **({} if GITHUB_URL == "https://github.com" else {"GITHUB_URL": GITHUB_URL}),
    }
if ENV.oidc_url:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "APPS": [
            {
                "provider_id": "sso",
                "name": ENV.oidc_name,
                "client_id": ENV.oidc_client_id,
                "secret": ENV.oidc_client_secret,
                "settings": {"server_url": ENV.oidc_url, "oauth_pkce_enabled": True},
            }
        ]
    }

# --- Pages ------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
# Pages use hashed file names only; only debuggers load source maps.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = VAR_DIR / "media"
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
STORAGES: dict[str, dict[str, object]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

if ENV.s3_bucket:
    # Several machines share it. The hub serves what is in it, so it may be private.
    STORAGES["default"] = {
        "BACKEND": "hub.object_storage.ObjectStorage",
        "OPTIONS": {
            "bucket_name": ENV.s3_bucket,
            "location": ENV.s3_prefix,
            "endpoint_url": ENV.s3_endpoint or None,
            "region_name": ENV.s3_region,
            "access_key": ENV.s3_access_key or None,
            "secret_key": ENV.s3_secret_key or None,
        },
    }

# --- Security ---------------------------------------------------------------------------------

_HTTPS = SITE_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "hub.errors.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
# Without a trusted proxy no request counts as HTTPS: redirects would never end.
SECURE_SSL_REDIRECT = _HTTPS and ENV.trusted_proxies > 0
# Clients that send X-Models-Token follow no redirects, and probes come over plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^api/", r"^(healthz|readyz)$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.trusted_proxies else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# The form of a definition with forty variants has about 1,300 fields.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
# The hub can't decide for subdomains, and a site at http:// does not need the other settings.
SILENCED_SYSTEM_CHECKS = (
    # hub.W001 covers W008 (no redirect to HTTPS) and says why.
    ["security.W005", "security.W008", "security.W021"]
    if _HTTPS
    else ["security.W004", "security.W008", "security.W012", "security.W016"]
)

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        # READMEs show the images of their source repositories.
        "img-src": [SELF, "https:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # Signing in with GitHub posts a form whose answer redirects to GitHub.
        "form-action": [SELF, *([GITHUB_URL] if ENV.github_client_id else [])],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

# The Xinference web UI reads the API from another origin, without cookies.
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS"]
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "if-none-match", "x-models-token"]
CORS_EXPOSE_HEADERS = [
    "etag",
    "last-modified",
    "link",
    "repr-digest",
    "retry-after",
    "x-hub-revision",
    "x-hub-sha256",
    "x-hub-signature",
]

# --- Mail -------------------------------------------------------------------------------------

globals().update(ENV.email)
# All mail leaves through the outbox; a worker hands it to the backend that EMAIL_URL names.
MAIL_DELIVERY_BACKEND = ENV.email["EMAIL_BACKEND"]
EMAIL_BACKEND = "hub.mail.OutboxBackend"
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.default_from_email

# --- Workers ----------------------------------------------------------------------------------

if ENV.redis_url:
    CELERY_BROKER_URL = ENV.redis_url
    # Tasks of a machine that failed are delivered again after this time, longer than any task may
    # run.
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
        "visibility_timeout": 900,
        "socket_connect_timeout": 2,
        "socket_timeout": 3,
    }
else:
    # A folder as the broker: it needs no server, and web and worker share it.
    CELERY_BROKER_URL = "folder://localhost"
    CELERY_BROKER_TRANSPORT = "hub.folder_broker:FolderTransport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {"folder": str(VAR_DIR / "broker")}
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_TASK_IGNORE_RESULT = True
# What a person waits for; hub.celery has the other queue.
CELERY_TASK_DEFAULT_QUEUE = task_queue.PEOPLE
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "hub.schedule:Scheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- Logging ----------------------------------------------------------------------------------

LOGGING = logs.settings_for(ENV.log_level, ENV.log_format)
