"""Settings: embedded defaults that work with nothing installed, each one replaceable by an environment variable.

``LINLI_HOME`` holds everything that must be backed up: database, lake, files, message store and keys.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from linli.config.secrets import secret_key

LINLI_HOME = Path(os.environ.get("LINLI_HOME", "var/linli")).absolute()
LINLI_MODE = os.environ.get("LINLI_MODE", "production")
if LINLI_MODE not in {"production", "demo", "test"}:
    raise ValueError(f"LINLI_MODE is production, demo or test, not {LINLI_MODE!r}")
LINLI_DEMO = LINLI_MODE == "demo"
LINLI_SIMULATED_CLOCK = LINLI_DEMO
LINLI_PUBLIC_URL = os.environ.get("LINLI_PUBLIC_URL", "http://127.0.0.1:8000")

LINLI_KEYS = os.environ.get("LINLI_KEYS", "")
LINLI_KEYS_TOKEN = os.environ.get("LINLI_KEYS_TOKEN", "")
LINLI_CIPHER = os.environ.get("LINLI_CIPHER", "aes-gcm")
if LINLI_CIPHER not in {"aes-gcm", "sm4-gcm"}:
    raise ValueError(f"LINLI_CIPHER is aes-gcm or sm4-gcm, not {LINLI_CIPHER!r}")

LINLI_JOINT_SIGNATURE = os.environ.get("LINLI_JOINT_SIGNATURE", "ed25519")
if LINLI_JOINT_SIGNATURE not in {"ed25519", "sm2"}:
    raise ValueError(f"LINLI_JOINT_SIGNATURE is ed25519 or sm2, not {LINLI_JOINT_SIGNATURE!r}")

SECRET_KEY = secret_key(LINLI_HOME, test=LINLI_MODE == "test")
DEBUG = False
ALLOWED_HOSTS = os.environ.get("LINLI_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [LINLI_PUBLIC_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "ninja",
    "django_tasks",
    "django_tasks_db",
    "rules",
    "linli.foundation.clock",
    "linli.foundation.vault",
    "linli.foundation.registry",
    "linli.foundation.accounts",
    "linli.foundation.security",
    "linli.foundation.events",
    "linli.foundation.lifecycle",
    "linli.foundation.notices",
    "linli.foundation.files",
    "linli.foundation.documents",
    "linli.foundation.privacy",
    "linli.foundation.privacy.consents",
    "linli.foundation.privacy.charter",
    "linli.foundation.privacy.rights",
    "linli.foundation.privacy.retention",
    "linli.foundation.privacy.sensing",
    "linli.foundation.privacy.unusual",
    "linli.foundation.privacy.education",
    "linli.foundation.privacy.exports",
    "linli.foundation.privacy.publishing",
    "linli.foundation.privacy.joint",
    "linli.foundation.privacy.analysis",
    "linli.sense.requests",
    "linli.sense.intake",
    "linli.sense.telemetry",
    "linli.sense.open_sensors",
    "linli.understand.triage",
    "linli.understand.topics",
    "linli.understand.warnings",
    "linli.act.casework",
    "linli.act.care",
    "linli.faces.kit",
    "linli.faces.portal",
    "linli.faces.workbench",
    "linli.faces.cockpit",
    "linli.faces.numbers",
    "linli.faces.openapi",
    "linli.faces.demo_door",
]

MIDDLEWARE = [
    "linli.foundation.security.headers.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "linli.faces.openapi.middleware.ProblemMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "linli.foundation.accounts.middleware.ActorMiddleware",
    "linli.faces.kit.failing.RefusalMiddleware",
]

ROOT_URLCONF = "linli.config.urls"
WSGI_APPLICATION = "linli.config.wsgi.application"
AUTH_USER_MODEL = "accounts.Account"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "linli.faces.kit.context.page",
            ],
            "builtins": ["django.templatetags.i18n", "linli.faces.kit.templatetags.kit"],
        },
    }
]


def _database(url: str | None) -> dict:
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": LINLI_HOME / "linli.sqlite3",
            # Opening the file costs three milliseconds: its hundreds of tables are read and Django's functions declared.
            "CONN_MAX_AGE": 60,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                    "PRAGMA secure_delete=FAST; PRAGMA mmap_size=134217728; PRAGMA journal_size_limit=67108864;"
                    "PRAGMA cache_size=-16000;"
                ),
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("LINLI_DATABASE_URL must start with postgresql://")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        # Queries here take milliseconds: compiling one takes longer than it. Everything that is asked often is in memory or on
        # a flash disk, where a row by an index costs hardly more than the next row.
        "OPTIONS": {"options": "-c jit=off -c random_page_cost=1.1"},
    }


DATABASES = {"default": _database(os.environ.get("LINLI_DATABASE_URL"))}

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
        # Counts of wrong tries live here. A full cache throws a third of its rows away, also those that still count:
        # with Django's 300 a few hundred made-up numbers would lift every lock. Ended rows go every hour.
        "OPTIONS": {"MAX_ENTRIES": 2_000_000},
    }
}

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["linli.foundation.accounts.hashers.Argon2"]
_VALIDATION = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATION}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_VALIDATION}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATION}.NumericPasswordValidator"},
    {
        "NAME": f"{_VALIDATION}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "display_name")},
    },
    {"NAME": "linli.foundation.accounts.passwords.NotAboutHere"},
]

LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("LINLI_PROXIES", "0"))
_PER_ADDRESS = 60_000 if LINLI_DEMO else 20
ACCOUNT_ADAPTER = "linli.foundation.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_RATE_LIMITS = {
    "request_login_code": f"{_PER_ADDRESS}/m/ip,3/m/key,10/h/key",
    "login": f"{_PER_ADDRESS}/m/ip",
    "login_failed": f"{_PER_ADDRESS}/m/ip,5/5m/key",
    "counter": "30/h/ip,300/h/key",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = LINLI_MODE in {"demo", "test"}
MFA_ADAPTER = "linli.foundation.accounts.adapter.SecondFactorAdapter"
MFA_TOTP_ISSUER = "Linli"
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "linli.foundation.accounts.second_factor.CodeForm",
    "reauthenticate": "linli.foundation.accounts.second_factor.CodeAgainForm",
    "add_webauthn": "linli.foundation.accounts.passkeys.NamedPasskeyForm",
    "authenticate_webauthn": "linli.foundation.accounts.passkeys.SecondPasskeyForm",
    "login_webauthn": "linli.foundation.accounts.passkeys.SignInPasskeyForm",
    "reauthenticate_webauthn": "linli.foundation.accounts.passkeys.AgainPasskeyForm",
}

LINLI_TOMBSTONES = Path(os.environ.get("LINLI_TOMBSTONES", LINLI_HOME / "erased.ndjson")).absolute()
LINLI_BACKUP_DAYS = int(os.environ.get("LINLI_BACKUP_DAYS", "35"))

LINLI_SMS = os.environ.get("LINLI_SMS", "" if LINLI_MODE == "production" else "outbox")
LINLI_SMS_URL = os.environ.get("LINLI_SMS_URL", "")
LINLI_SMS_TOKEN = os.environ.get("LINLI_SMS_TOKEN", "")
LINLI_VOICE = os.environ.get("LINLI_VOICE", "" if LINLI_MODE == "production" else "outbox")
LINLI_VOICE_URL = os.environ.get("LINLI_VOICE_URL", "")
LINLI_VOICE_TOKEN = os.environ.get("LINLI_VOICE_TOKEN", "")
LINLI_PUSH = os.environ.get("LINLI_PUSH", "web_push")
LINLI_PUSH_HOSTS = frozenset(
    filter(
        None,
        os.environ.get(
            "LINLI_PUSH_HOSTS",
            "fcm.googleapis.com,updates.push.services.mozilla.com,notify.windows.com,push.apple.com",
        ).split(","),
    )
)
LINLI_REPLY_TOKEN = os.environ.get("LINLI_REPLY_TOKEN", "")
LINLI_MAIL_COMMUNITY = os.environ.get("LINLI_MAIL_COMMUNITY", "")
LINLI_MAILDIR = os.environ.get("LINLI_MAILDIR", "")
LINLI_IMAP_HOST = os.environ.get("LINLI_IMAP_HOST", "")
LINLI_IMAP_USER = os.environ.get("LINLI_IMAP_USER", "")
LINLI_IMAP_PASSWORD = os.environ.get("LINLI_IMAP_PASSWORD", "")
LINLI_IMAP_FOLDER = os.environ.get("LINLI_IMAP_FOLDER", "INBOX")
LINLI_MAIL_OUT = os.environ.get("LINLI_MAIL_OUT", "" if LINLI_MODE == "production" else "outbox")
LINLI_MAIL_FROM = os.environ.get("LINLI_MAIL_FROM", "")
LINLI_SMTP_HOST = os.environ.get("LINLI_SMTP_HOST", "")
LINLI_SMTP_PORT = int(os.environ.get("LINLI_SMTP_PORT", "465"))
LINLI_SMTP_USER = os.environ.get("LINLI_SMTP_USER", "")
LINLI_SMTP_PASSWORD = os.environ.get("LINLI_SMTP_PASSWORD", "")
LINLI_SMTP_TLS = os.environ.get("LINLI_SMTP_TLS", "ssl")
LINLI_SPEECH_URL = os.environ.get("LINLI_SPEECH_URL", "")
LINLI_SPEECH_MODEL = os.environ.get("LINLI_SPEECH_MODEL", "whisper-1")
LINLI_SPEECH_TOKEN = os.environ.get("LINLI_SPEECH_TOKEN", "")
LINLI_PRIVATE_HOSTS = frozenset(filter(None, os.environ.get("LINLI_PRIVATE_HOSTS", "").split(",")))

LANGUAGE_CODE = "zh-hans"
LANGUAGE_COOKIE_NAME = "linli_language"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": LINLI_HOME / "files"},
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

_SECURE = LINLI_PUBLIC_URL.startswith("https://")
SESSION_ENGINE = "linli.foundation.accounts.session_store"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 180
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-linli" if _SECURE else "sessionid"
CSRF_COOKIE_NAME = "__Host-linli_form" if _SECURE else "csrftoken"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _SECURE and ALLAUTH_TRUSTED_PROXY_COUNT else None
CSRF_FAILURE_VIEW = "linli.faces.kit.failing.expired_form"
DATA_UPLOAD_MAX_MEMORY_SIZE = 30 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LINLI_LOG_LEVEL", "WARNING")},
}
