-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "policy_engine_mode" AS ENUM ('any', 'all');

-- CreateEnum
CREATE TYPE "client_type" AS ENUM ('confidential', 'public');

-- CreateEnum
CREATE TYPE "subject_mode" AS ENUM ('hashed_user_id', 'user_id', 'user_uuid', 'user_username', 'user_email', 'user_upn');

-- CreateEnum
CREATE TYPE "issuer_mode" AS ENUM ('per_provider', 'global');

-- CreateEnum
CREATE TYPE "consent_mode" AS ENUM ('implicit', 'explicit');

-- CreateEnum
CREATE TYPE "proxy_mode" AS ENUM ('proxy', 'forward_single', 'forward_domain');

-- CreateEnum
CREATE TYPE "provider_type" AS ENUM ('oauth2', 'proxy');

-- CreateEnum
CREATE TYPE "token_intent" AS ENUM ('verification', 'api', 'recovery', 'app_password');

-- CreateEnum
CREATE TYPE "user_type" AS ENUM ('internal', 'external', 'service_account', 'internal_service_account');

-- CreateTable
CREATE TABLE "access_bindings" (
    "id" UUID NOT NULL,
    "application_id" UUID NOT NULL,
    "group_id" UUID,
    "user_id" INTEGER,
    "order" INTEGER NOT NULL DEFAULT 0,
    "is_negated" BOOLEAN NOT NULL DEFAULT false,
    "is_enabled" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "access_bindings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "consents" (
    "user_id" INTEGER NOT NULL,
    "application_id" UUID NOT NULL,
    "scopes" TEXT[],
    "granted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "consents_pkey" PRIMARY KEY ("user_id","application_id")
);

-- CreateTable
CREATE TABLE "applications" (
    "id" UUID NOT NULL,
    "slug" VARCHAR(50) NOT NULL,
    "name" TEXT NOT NULL,
    "group" TEXT NOT NULL DEFAULT '',
    "icon" TEXT NOT NULL DEFAULT '',
    "launch_url" TEXT NOT NULL DEFAULT '',
    "open_in_new_tab" BOOLEAN NOT NULL DEFAULT false,
    "description" TEXT NOT NULL DEFAULT '',
    "publisher" TEXT NOT NULL DEFAULT '',
    "is_hidden" BOOLEAN NOT NULL DEFAULT false,
    "policy_engine_mode" "policy_engine_mode" NOT NULL DEFAULT 'any',
    "provider_id" INTEGER,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "applications_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "installation" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "install_id" UUID NOT NULL,
    "secret_key_check" TEXT NOT NULL,
    "administrator_created_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "installation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "events" (
    "id" UUID NOT NULL,
    "action" VARCHAR(64) NOT NULL,
    "source" VARCHAR(64) NOT NULL,
    "user_id" INTEGER,
    "username" TEXT NOT NULL DEFAULT '',
    "context" JSONB NOT NULL DEFAULT '{}',
    "client_address" TEXT NOT NULL DEFAULT '',
    "request_id" TEXT NOT NULL DEFAULT '',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "groups" (
    "id" UUID NOT NULL,
    "number" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "is_superuser" BOOLEAN NOT NULL DEFAULT false,
    "attributes" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "groups_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "group_memberships" (
    "user_id" INTEGER NOT NULL,
    "group_id" UUID NOT NULL,

    CONSTRAINT "group_memberships_pkey" PRIMARY KEY ("user_id","group_id")
);

-- CreateTable
CREATE TABLE "group_parents" (
    "child_id" UUID NOT NULL,
    "parent_id" UUID NOT NULL,

    CONSTRAINT "group_parents_pkey" PRIMARY KEY ("child_id","parent_id")
);

-- CreateTable
CREATE TABLE "oauth2_providers" (
    "provider_id" INTEGER NOT NULL,
    "client_type" "client_type" NOT NULL DEFAULT 'confidential',
    "client_id" VARCHAR(255) NOT NULL,
    "client_secret_sealed" TEXT,
    "consent_mode" "consent_mode" NOT NULL DEFAULT 'implicit',
    "grant_types" TEXT[] DEFAULT ARRAY['authorization_code', 'refresh_token']::TEXT[],
    "issuer_mode" "issuer_mode" NOT NULL DEFAULT 'per_provider',
    "subject_mode" "subject_mode" NOT NULL DEFAULT 'hashed_user_id',
    "include_claims_in_id_token" BOOLEAN NOT NULL DEFAULT true,
    "is_pkce_required" BOOLEAN NOT NULL DEFAULT false,
    "access_code_validity_seconds" INTEGER NOT NULL DEFAULT 60,
    "access_token_validity_seconds" INTEGER NOT NULL DEFAULT 3600,
    "refresh_token_validity_seconds" INTEGER NOT NULL DEFAULT 2592000,
    "signing_algorithm" VARCHAR(16) NOT NULL DEFAULT 'RS256',
    "email_verified_override" BOOLEAN,
    "logout_uri" TEXT NOT NULL DEFAULT '',
    "logout_method" VARCHAR(16) NOT NULL DEFAULT 'backchannel',

    CONSTRAINT "oauth2_providers_pkey" PRIMARY KEY ("provider_id")
);

-- CreateTable
CREATE TABLE "redirect_uris" (
    "id" UUID NOT NULL,
    "provider_id" INTEGER NOT NULL,
    "matching_mode" VARCHAR(16) NOT NULL DEFAULT 'strict',
    "url" TEXT NOT NULL,
    "purpose" VARCHAR(16) NOT NULL DEFAULT 'authorization',
    "position" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "redirect_uris_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "scope_mappings" (
    "id" UUID NOT NULL,
    "managed" TEXT,
    "name" TEXT NOT NULL,
    "scope_name" VARCHAR(255) NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "claims" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "scope_mappings_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "provider_scope_mappings" (
    "provider_id" INTEGER NOT NULL,
    "scope_mapping_id" UUID NOT NULL,

    CONSTRAINT "provider_scope_mappings_pkey" PRIMARY KEY ("provider_id","scope_mapping_id")
);

-- CreateTable
CREATE TABLE "oidc_artefacts" (
    "id_hash" VARCHAR(64) NOT NULL,
    "model" VARCHAR(32) NOT NULL,
    "payload" TEXT NOT NULL,
    "grant_id" TEXT,
    "uid_hash" VARCHAR(64),
    "session_id" UUID,
    "consumed_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "oidc_artefacts_pkey" PRIMARY KEY ("id_hash")
);

-- CreateTable
CREATE TABLE "signing_keys" (
    "id" VARCHAR(64) NOT NULL,
    "algorithm" VARCHAR(16) NOT NULL,
    "public_jwk" JSONB NOT NULL,
    "private_sealed" TEXT NOT NULL,
    "active_at" TIMESTAMPTZ(3) NOT NULL,
    "retired_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "signing_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "proxy_providers" (
    "provider_id" INTEGER NOT NULL,
    "mode" "proxy_mode" NOT NULL DEFAULT 'forward_single',
    "external_host" TEXT NOT NULL,
    "internal_host" TEXT NOT NULL DEFAULT '',
    "internal_host_ssl_validation" BOOLEAN NOT NULL DEFAULT true,
    "cookie_domain" TEXT NOT NULL DEFAULT '',
    "skip_path_regex" TEXT NOT NULL DEFAULT '',
    "basic_auth_enabled" BOOLEAN NOT NULL DEFAULT false,
    "basic_auth_user_attribute" TEXT NOT NULL DEFAULT '',
    "basic_auth_password_attribute" TEXT NOT NULL DEFAULT '',
    "intercept_header_auth" BOOLEAN NOT NULL DEFAULT true,
    "interactive_only" BOOLEAN,
    "session_validity_seconds" INTEGER NOT NULL DEFAULT 86400,

    CONSTRAINT "proxy_providers_pkey" PRIMARY KEY ("provider_id")
);

-- CreateTable
CREATE TABLE "providers" (
    "id" SERIAL NOT NULL,
    "type" "provider_type" NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "providers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" UUID NOT NULL,
    "token_hash" VARCHAR(64) NOT NULL,
    "user_id" INTEGER NOT NULL,
    "methods" TEXT[],
    "authenticated_at" TIMESTAMPTZ(3) NOT NULL,
    "is_persistent" BOOLEAN NOT NULL,
    "client_address" TEXT NOT NULL DEFAULT '',
    "user_agent" TEXT NOT NULL DEFAULT '',
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sign_in_requests" (
    "id" UUID NOT NULL,
    "browser_hash" VARCHAR(64) NOT NULL,
    "flow" VARCHAR(64) NOT NULL,
    "return_to" TEXT NOT NULL,
    "application_id" UUID,
    "requirements" JSONB NOT NULL DEFAULT '{}',
    "user_id" INTEGER,
    "progress" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "sign_in_requests_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lockouts" (
    "key" VARCHAR(96) NOT NULL,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "last_failed_at" TIMESTAMPTZ(3) NOT NULL,
    "blocked_until" TIMESTAMPTZ(3),

    CONSTRAINT "lockouts_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "tokens" (
    "id" UUID NOT NULL,
    "identifier" VARCHAR(255) NOT NULL,
    "intent" "token_intent" NOT NULL DEFAULT 'api',
    "user_id" INTEGER NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "key_hash" VARCHAR(64) NOT NULL,
    "key_sealed" TEXT,
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tokens_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "users" (
    "id" SERIAL NOT NULL,
    "uuid" UUID NOT NULL,
    "uid" VARCHAR(64) NOT NULL,
    "username" VARCHAR(150) NOT NULL,
    "username_key" VARCHAR(150) NOT NULL,
    "name" TEXT NOT NULL DEFAULT '',
    "email" TEXT NOT NULL DEFAULT '',
    "email_key" TEXT NOT NULL DEFAULT '',
    "email_verified" BOOLEAN NOT NULL DEFAULT true,
    "is_active" BOOLEAN NOT NULL DEFAULT true,
    "type" "user_type" NOT NULL DEFAULT 'internal',
    "path" TEXT NOT NULL DEFAULT 'users',
    "attributes" JSONB NOT NULL DEFAULT '{}',
    "password_hash" TEXT,
    "password_changed_at" TIMESTAMPTZ(3),
    "last_login_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "access_bindings_application_id_order_idx" ON "access_bindings"("application_id", "order");

-- CreateIndex
CREATE INDEX "access_bindings_group_id_idx" ON "access_bindings"("group_id");

-- CreateIndex
CREATE INDEX "access_bindings_user_id_idx" ON "access_bindings"("user_id");

-- CreateIndex
CREATE INDEX "consents_application_id_idx" ON "consents"("application_id");

-- CreateIndex
CREATE UNIQUE INDEX "applications_slug_key" ON "applications"("slug");

-- CreateIndex
CREATE UNIQUE INDEX "applications_provider_id_key" ON "applications"("provider_id");

-- CreateIndex
CREATE INDEX "applications_name_idx" ON "applications"("name");

-- CreateIndex
CREATE INDEX "events_created_at_idx" ON "events"("created_at" DESC);

-- CreateIndex
CREATE INDEX "events_action_created_at_idx" ON "events"("action", "created_at" DESC);

-- CreateIndex
CREATE INDEX "events_user_id_created_at_idx" ON "events"("user_id", "created_at" DESC);

-- CreateIndex
CREATE INDEX "events_expires_at_idx" ON "events"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "groups_number_key" ON "groups"("number");

-- CreateIndex
CREATE UNIQUE INDEX "groups_name_key" ON "groups"("name");

-- CreateIndex
CREATE INDEX "group_memberships_group_id_idx" ON "group_memberships"("group_id");

-- CreateIndex
CREATE INDEX "group_parents_parent_id_idx" ON "group_parents"("parent_id");

-- CreateIndex
CREATE UNIQUE INDEX "oauth2_providers_client_id_key" ON "oauth2_providers"("client_id");

-- CreateIndex
CREATE UNIQUE INDEX "redirect_uris_provider_id_purpose_matching_mode_url_key" ON "redirect_uris"("provider_id", "purpose", "matching_mode", "url");

-- CreateIndex
CREATE UNIQUE INDEX "scope_mappings_managed_key" ON "scope_mappings"("managed");

-- CreateIndex
CREATE UNIQUE INDEX "scope_mappings_name_key" ON "scope_mappings"("name");

-- CreateIndex
CREATE INDEX "scope_mappings_scope_name_idx" ON "scope_mappings"("scope_name");

-- CreateIndex
CREATE INDEX "provider_scope_mappings_scope_mapping_id_idx" ON "provider_scope_mappings"("scope_mapping_id");

-- CreateIndex
CREATE INDEX "oidc_artefacts_grant_id_idx" ON "oidc_artefacts"("grant_id");

-- CreateIndex
CREATE INDEX "oidc_artefacts_uid_hash_idx" ON "oidc_artefacts"("uid_hash");

-- CreateIndex
CREATE INDEX "oidc_artefacts_session_id_idx" ON "oidc_artefacts"("session_id");

-- CreateIndex
CREATE INDEX "oidc_artefacts_expires_at_idx" ON "oidc_artefacts"("expires_at");

-- CreateIndex
CREATE INDEX "signing_keys_algorithm_active_at_idx" ON "signing_keys"("algorithm", "active_at");

-- CreateIndex
CREATE INDEX "proxy_providers_external_host_idx" ON "proxy_providers"("external_host");

-- CreateIndex
CREATE UNIQUE INDEX "providers_name_key" ON "providers"("name");

-- CreateIndex
CREATE UNIQUE INDEX "sessions_token_hash_key" ON "sessions"("token_hash");

-- CreateIndex
CREATE INDEX "sessions_user_id_idx" ON "sessions"("user_id");

-- CreateIndex
CREATE INDEX "sessions_expires_at_idx" ON "sessions"("expires_at");

-- CreateIndex
CREATE INDEX "sign_in_requests_browser_hash_idx" ON "sign_in_requests"("browser_hash");

-- CreateIndex
CREATE INDEX "sign_in_requests_expires_at_idx" ON "sign_in_requests"("expires_at");

-- CreateIndex
CREATE INDEX "sign_in_requests_application_id_idx" ON "sign_in_requests"("application_id");

-- CreateIndex
CREATE INDEX "sign_in_requests_user_id_idx" ON "sign_in_requests"("user_id");

-- CreateIndex
CREATE INDEX "lockouts_last_failed_at_idx" ON "lockouts"("last_failed_at");

-- CreateIndex
CREATE UNIQUE INDEX "tokens_identifier_key" ON "tokens"("identifier");

-- CreateIndex
CREATE UNIQUE INDEX "tokens_key_hash_key" ON "tokens"("key_hash");

-- CreateIndex
CREATE INDEX "tokens_user_id_idx" ON "tokens"("user_id");

-- CreateIndex
CREATE INDEX "tokens_expires_at_idx" ON "tokens"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "users_uuid_key" ON "users"("uuid");

-- CreateIndex
CREATE UNIQUE INDEX "users_uid_key" ON "users"("uid");

-- CreateIndex
CREATE UNIQUE INDEX "users_username_key_key" ON "users"("username_key");

-- CreateIndex
CREATE INDEX "users_email_key_idx" ON "users"("email_key");

-- CreateIndex
CREATE INDEX "users_is_active_idx" ON "users"("is_active");

-- CreateIndex
CREATE INDEX "users_path_idx" ON "users"("path");

-- AddForeignKey
ALTER TABLE "access_bindings" ADD CONSTRAINT "access_bindings_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "applications"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "access_bindings" ADD CONSTRAINT "access_bindings_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "groups"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "access_bindings" ADD CONSTRAINT "access_bindings_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "consents" ADD CONSTRAINT "consents_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "consents" ADD CONSTRAINT "consents_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "applications"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "applications" ADD CONSTRAINT "applications_provider_id_fkey" FOREIGN KEY ("provider_id") REFERENCES "providers"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_memberships" ADD CONSTRAINT "group_memberships_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_memberships" ADD CONSTRAINT "group_memberships_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "groups"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_parents" ADD CONSTRAINT "group_parents_child_id_fkey" FOREIGN KEY ("child_id") REFERENCES "groups"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "group_parents" ADD CONSTRAINT "group_parents_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "groups"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "oauth2_providers" ADD CONSTRAINT "oauth2_providers_provider_id_fkey" FOREIGN KEY ("provider_id") REFERENCES "providers"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "redirect_uris" ADD CONSTRAINT "redirect_uris_provider_id_fkey" FOREIGN KEY ("provider_id") REFERENCES "oauth2_providers"("provider_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "provider_scope_mappings" ADD CONSTRAINT "provider_scope_mappings_provider_id_fkey" FOREIGN KEY ("provider_id") REFERENCES "oauth2_providers"("provider_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "provider_scope_mappings" ADD CONSTRAINT "provider_scope_mappings_scope_mapping_id_fkey" FOREIGN KEY ("scope_mapping_id") REFERENCES "scope_mappings"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "proxy_providers" ADD CONSTRAINT "proxy_providers_provider_id_fkey" FOREIGN KEY ("provider_id") REFERENCES "providers"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sign_in_requests" ADD CONSTRAINT "sign_in_requests_application_id_fkey" FOREIGN KEY ("application_id") REFERENCES "applications"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sign_in_requests" ADD CONSTRAINT "sign_in_requests_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tokens" ADD CONSTRAINT "tokens_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;
