-- AlterTable
ALTER TABLE "proxy_providers" ADD COLUMN     "sends_remote_headers" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "outpost_sessions" (
    "token_hash" VARCHAR(64) NOT NULL,
    "session_id" UUID NOT NULL,
    "provider_id" INTEGER NOT NULL,
    "identity_token" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "outpost_sessions_pkey" PRIMARY KEY ("token_hash")
);

-- CreateTable
CREATE TABLE "outpost_tickets" (
    "ticket_hash" VARCHAR(64) NOT NULL,
    "provider_id" INTEGER NOT NULL,
    "session_id" UUID NOT NULL,
    "browser_hash" VARCHAR(64) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "redeemed_at" TIMESTAMPTZ(3),

    CONSTRAINT "outpost_tickets_pkey" PRIMARY KEY ("ticket_hash")
);

-- CreateIndex
CREATE INDEX "outpost_sessions_session_id_idx" ON "outpost_sessions"("session_id");

-- CreateIndex
CREATE INDEX "outpost_sessions_provider_id_idx" ON "outpost_sessions"("provider_id");

-- CreateIndex
CREATE INDEX "outpost_sessions_expires_at_idx" ON "outpost_sessions"("expires_at");

-- CreateIndex
CREATE INDEX "outpost_tickets_session_id_provider_id_idx" ON "outpost_tickets"("session_id", "provider_id");

-- CreateIndex
CREATE INDEX "outpost_tickets_provider_id_idx" ON "outpost_tickets"("provider_id");

-- CreateIndex
CREATE INDEX "outpost_tickets_expires_at_idx" ON "outpost_tickets"("expires_at");

-- AddForeignKey
ALTER TABLE "outpost_sessions" ADD CONSTRAINT "outpost_sessions_provider_id_fkey" FOREIGN KEY ("provider_id") REFERENCES "proxy_providers"("provider_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "outpost_tickets" ADD CONSTRAINT "outpost_tickets_provider_id_fkey" FOREIGN KEY ("provider_id") REFERENCES "proxy_providers"("provider_id") ON DELETE CASCADE ON UPDATE CASCADE;
