from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReviewsConfig(AppConfig):
    """Who decides about proposals."""

    name = "reviews"
    verbose_name = _("Reviews")

    def ready(self) -> None:
        """Fill the catalogue of sentences, give pull requests the rules of risks, and let webhooks
        and people hear of what happens."""
        from hub import audit
        from models_registry.upstream import risk_flags
        from reviews import error_texts, ownership_news, webhooks  # noqa: F401
        from reviews.risks import in_english

        risk_flags.register(in_english)
        audit.on_record(webhooks.note)
        audit.on_record(ownership_news.note)
