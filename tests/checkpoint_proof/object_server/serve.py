"""An S3 server in memory, with one user and the bucket `state`, which holds 1500 objects below `many/`.

Prints its port and the user's key and secret. Then answers each line of its input with one line, and ends with its input:
`uploads` how many multipart uploads have neither been completed nor aborted.
"""

import json
import sys

from moto import settings
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.moto_api._internal import mock_random
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

# The next server is to know the same key.
mock_random.seed(7)
iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
iam.create_user("aws", "tests", "/", None)
everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
iam.put_user_policy("tests", "everything", json.dumps(everything))
key = iam.create_access_key("tests")
# From now on every request must be signed by that user.
settings.INITIAL_NO_AUTH_ACTION_COUNT = 0

s3 = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
bucket = s3.create_bucket("state", "us-east-1")
for number in range(1500):
    s3.put_object("state", f"many/{number}", b"x")

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], key.access_key_id, key.secret_access_key, flush=True)
for line in sys.stdin:
    if line == "uploads\n":
        print(len(bucket.multiparts), flush=True)
