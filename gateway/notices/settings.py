"""The settings of the channels, a section of the whole; a channel without its settings is closed."""

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MailSettings(_Part):
    """The mail server that notices go out by."""

    host: str = Field("", description="The mail server; e-mail is closed without.")
    port: int = Field(587, ge=1, le=65535, description="Its port.")
    sender: str = Field("no-reply@bawaba.example", description="Whom letters come from.")
    security: Literal["tls", "starttls", "none"] = Field(
        "starttls", description="`tls` from the first byte, `starttls`, or `none` for a server on this machine."
    )
    username: str = Field("", description="Name at the mail server.")
    password: str = Field("", description="Password there, or `file:PATH`.")


class TextSettings(_Part):
    """A provider of text messages, asked by a request of its own shape."""

    url: str = Field("", description="Where the provider takes messages; the channel is closed without.")
    headers: dict[str, str] = Field(
        default_factory=dict, description="Headers of the request; a value may be `file:PATH`."
    )
    body: dict[str, Any] = Field(
        default_factory=dict, description="The request, with `{to}`, `{text}`, `{id}` and `{language}` in its texts."
    )
    encoding: Literal["json", "form"] = Field("json", description="How the body is written.")


class PushSettings(_Part):
    """Web push."""

    key_file: Path | None = Field(None, description="P-256 private key in PEM (VAPID); web push is closed without.")
    contact: str = Field(
        "mailto:operators@bawaba.example", description="Whom a push service may write to: a mailto: or https: address."
    )


class NoticeSettings(_Part):
    """Telling people, and agencies, that something has happened."""

    email: MailSettings = MailSettings()
    sms: TextSettings = TextSettings()
    whatsapp: TextSettings = TextSettings()
    push: PushSettings = PushSettings()
    webhooks: bool = Field(True, description="Whether apps may be told by signed webhooks.")
    poll_seconds: float = Field(1, ge=0.05, le=60, description="How often each process looks for notices to send.")
