"""The password and the token that tests of `accounts` use."""

PASSWORD = "correct horse battery"
GITHUB_TOKEN = "ghp_0123456789abcdefghijABCDEFGHIJ0123"
