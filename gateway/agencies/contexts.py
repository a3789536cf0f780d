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
