"""What an administrator does to a topic: set it, and delete records of it.

The controller acknowledges a setting before the broker has taken it up, so each waits for that.
"""

from __future__ import annotations

import time

from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # not marked as exported
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

TAKEN_UP_WITHIN_S = 30


def set_topic(admin: AdminClient, topic: str, settings: dict[str, str]) -> None:
    """Set the topic and wait until the broker tells the new settings."""
    entries = [
        ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        for name, value in settings.items()
    ]
    change = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
    for future in admin.incremental_alter_configs([change]).values():
        future.result()
    deadline = time.monotonic() + TAKEN_UP_WITHIN_S
    while (told := _told(admin, topic, settings)) != settings:
        assert time.monotonic() < deadline, f"{topic} is still set to {told}"
        time.sleep(0.02)


def delete_records(admin: AdminClient, places: list[TopicPartition]) -> None:
    """Delete what lies before each place (offset -1: all) of a topic that was just set to
    `cleanup.policy=delete`; its log learns that a moment after the broker tells it."""
    deadline = time.monotonic() + TAKEN_UP_WITHIN_S
    while True:
        try:
            for future in admin.delete_records(places).values():
                future.result()
            return
        except KafkaException as problem:
            if problem.args[0].code() != KafkaError.POLICY_VIOLATION or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _told(admin: AdminClient, topic: str, settings: dict[str, str]) -> dict[str, str]:
    resource = ConfigResource(ResourceType.TOPIC, topic)
    for future in admin.describe_configs([resource]).values():
        told = future.result()
    return {name: told[name].value for name in settings}
