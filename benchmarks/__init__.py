"""`make bench`: what hardenlab costs, beside the stock moto server in the same run."""
