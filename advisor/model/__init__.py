"""The words of the product as plain frozen data: no behaviour that needs anything else of ours."""
