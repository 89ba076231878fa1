"""Tests of the API client, module by module."""
