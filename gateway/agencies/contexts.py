"""What each sealed value of the registry is, and whose: the contexts that the vault authenticates."""


def of_contact(agency: str) -> str:
    """Of an agency's contact, as JSON."""
    return f"agency contact {agency}"


def of_member(member: str) -> str:
    """Of the name that a member is known by, as text."""
    return f"agency member {member}"


def of_invitation(invitation_hash: str) -> str:
    """Of the name of whoever is invited, as text."""
    return f"agency invitation {invitation_hash}"


def of_reason(adapter: str, version: str, stage: str) -> str:
    """Of why a version was refused, as text; ``stage`` is who refused it."""
    return f"adapter approval {adapter} {version} {stage}"


def of_parties(mandate: str) -> str:
    """Of whom to call on both sides of a mandate, as JSON."""
    return f"mandate contacts {mandate}"
