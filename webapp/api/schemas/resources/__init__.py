"""What is asked and told of everything else that an account has."""
