#!/usr/bin/python3
"""A client on Authlib (Debian's python3-authlib), which shares no code with us: it takes one task as JSON a line and
answers with one line. Every ID token and access token is checked by Authlib's own JOSE before it is answered with."""
import json
import os
import sys

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
# Our test server speaks plain HTTP on the loopback interface.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"


class Client:
    def __init__(self, issuer, client_id, client_secret=None, private_key=None, redirect_uri=None, scope=None):
        self.metadata = get(issuer + ".well-known/openid-configuration")
        assert self.metadata["issuer"] == issuer
        self.client_id = client_id
        method = "private_key_jwt" if private_key else "client_secret_basic" if client_secret else "none"
        assert method in self.metadata["token_endpoint_auth_methods_supported"], method
        self.session = OAuth2Session(
            client_id,
            private_key or client_secret,
            token_endpoint_auth_method=method,
            redirect_uri=redirect_uri,
            scope=scope,
            code_challenge_method="S256",
        )
        self.session.register_client_auth_method(PrivateKeyJWT(self.metadata["token_endpoint"]))

    def authorize(self, code_verifier, nonce):
        url, state = self.session.create_authorization_url(
            self.metadata["authorization_endpoint"], code_verifier=code_verifier, nonce=nonce
        )
        return {"url": url, "state": state}

    def redeem(self, response, state, code_verifier, nonce):
        token = self.session.fetch_token(
            self.metadata["token_endpoint"],
            authorization_response=response,
            state=state,
            code_verifier=code_verifier,
        )
        return self.checked(token, nonce)

    def refresh(self, refresh_token):
        return self.checked(
            self.session.refresh_token(self.metadata["token_endpoint"], refresh_token=refresh_token)
        )

    def client_credentials(self):
        return self.fetch(grant_type="client_credentials")

    def password(self, username, password):
        return self.fetch(grant_type="password", username=username, password=password)

    def device_code(self, device_code):
        return self.fetch(grant_type=DEVICE_CODE, device_code=device_code)

    def ask_device_code(self):
        form = {"client_id": self.client_id, "scope": self.session.scope}
        response = requests.post(self.metadata["device_authorization_endpoint"], data=form)
        response.raise_for_status()
        return response.json()

    def fetch(self, **parameters):
        return self.checked(self.session.fetch_token(self.metadata["token_endpoint"], **parameters))

    def userinfo(self, access_token):
        headers = {"Authorization": "Bearer " + access_token}
        return get(self.metadata["userinfo_endpoint"], headers=headers)

    def introspect(self, access_token):
        return self.session.introspect_token(self.metadata["introspection_endpoint"], token=access_token).json()

    def revoke(self, token):
        response = self.session.revoke_token(self.metadata["revocation_endpoint"], token=token)
        return {"status": response.status_code}

    def checked(self, token, nonce=None):
        """The token with its claims, once signature, issuer, audience, times, nonce and at_hash have been found right."""
        algorithms = self.metadata["id_token_signing_alg_values_supported"]
        keys = JsonWebKey.import_key_set(get(self.metadata["jwks_uri"]))
        jwt = JsonWebToken(algorithms)
        options = {
            "iss": {"essential": True, "value": self.metadata["issuer"]},
            "aud": {"essential": True, "value": self.client_id},
        }
        answer = dict(token)
        access = jwt.decode(token["access_token"], keys, claims_options=options)
        access.validate()
        answer["access_claims"] = dict(access)
        if "id_token" in token:
            params = {"nonce": nonce, "client_id": self.client_id, "access_token": token["access_token"]}
            identity = jwt.decode(
                token["id_token"], keys, claims_cls=CodeIDToken, claims_options=options, claims_params=params
            )
            identity.validate()
            answer["claims"] = dict(identity)
            answer["header"] = dict(identity.header)
        return answer


def get(url, headers=None):
    response = requests.get(url, headers=headers)
    response.raise_for_status()
    return response.json()


def main():
    client = None
    for line in sys.stdin:
        task = json.loads(line)
        name = task.pop("task")
        try:
            if name == "begin":
                client = Client(**task)
                answer = client.metadata
            else:
                answer = getattr(client, name)(**task)
        except Exception as error:  # whatever it is, the test shall read it
            answer = {"refused": getattr(error, "error", type(error).__name__), "message": str(error)}
        print(json.dumps(answer), flush=True)


main()
