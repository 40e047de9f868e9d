-- CreateTable
CREATE TABLE "client_faults" (
    "provider_id" INTEGER NOT NULL,
    "kind" VARCHAR(32) NOT NULL,
    "sent" TEXT NOT NULL DEFAULT '',
    "detail" TEXT NOT NULL DEFAULT '',
    "count" INTEGER NOT NULL DEFAULT 1,
    "client_address" TEXT NOT NULL DEFAULT '',
    "request_id" TEXT NOT NULL DEFAULT '',
    "first_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "client_faults_pkey" PRIMARY KEY ("provider_id","kind")
);

-- CreateTable
CREATE TABLE "logout_notices" (
    "id" UUID NOT NULL,
    "session_id" UUID NOT NULL,
    "provider_id" INTEGER NOT NULL,
    "user_id" INTEGER NOT NULL,
    "issuer" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "last_error" TEXT NOT NULL DEFAULT '',
    "due_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "logout_notices_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "client_faults_last_at_idx" ON "client_faults"("last_at");

-- CreateIndex
CREATE INDEX "logout_notices_due_at_idx" ON "logout_notices"("due_at");

-- CreateIndex
CREATE INDEX "logout_notices_user_id_idx" ON "logout_notices"("user_id");

-- CreateIndex
CREATE INDEX "logout_notices_provider_id_finished_at_idx" ON "logout_notices"("provider_id", "finished_at");

-- CreateIndex
CREATE UNIQUE INDEX "logout_notices_session_id_provider_id_key" ON "logout_notices"("session_id", "provider_id");

-- AddForeignKey
ALTER TABLE "client_faults" ADD CONSTRAINT "client_faults_provider_id_fkey" FOREIGN KEY ("provider_id") REFERENCES "oauth2_providers"("provider_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "logout_notices" ADD CONSTRAINT "logout_notices_provider_id_fkey" FOREIGN KEY ("provider_id") REFERENCES "oauth2_providers"("provider_id") ON DELETE CASCADE ON UPDATE CASCADE;
