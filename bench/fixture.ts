// The client and the person that every measured server knows.

export const benchClient = {
  id: 'bench',
  secret: 'bench-secret-that-is-long-enough-to-be-taken',
  redirectUri: 'http://127.0.0.1:9/callback',
  scope: 'openid email profile offline_access',
};

export const benchPerson = {
  username: 'bench',
  password: 'correct horse battery staple',
  claims: {
    email: 'bench@example.com',
    email_verified: true,
    name: 'Bench Person',
    given_name: 'Bench',
    family_name: 'Person',
    preferred_username: 'bench',
    nickname: 'bench',
    groups: ['family', 'media'],
    updated_at: 1_795_000_000,
  },
};
