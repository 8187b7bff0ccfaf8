"""Searches, figures and facts of all accounts and of the installation, for staff. They read and never write."""
