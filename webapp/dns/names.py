def parse(value, underscores=False): raise NotImplementedError
