"""Why a link or a token was not made, in one sentence for the operator."""


class SignInRefused(Exception):
    """Nothing was made."""


class AmbiguousUser(SignInRefused):
    """The same address signs in to more than one practice; the caller has to say which."""
