"""What the peer is started with: the application's environment."""

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_ignore_empty=True)

    database_url: str
    redis_url: str
    jwt_secret_key: str
    public_url: str
    me_rate_limit: str
    max_contacts_per_user: int = 50_000


settings = Settings.model_validate({})
